/** What `cache-status` says (D109). */
export const CACHE_STATUS = {
  hit: '"Roost"; hit',
  staleHit: '"Roost"; hit; fwd=stale',
  miss: '"Roost"; fwd=miss',
  stale: '"Roost"; fwd=stale',
  bypass: '"Roost"; fwd=bypass',
} as const
