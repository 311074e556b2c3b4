import {
  createIdentity,
  formatPlace,
  type Identity,
  LOCAL_IDENTITY_URL,
  MOCK_PLACE,
} from '../visitors/index.ts'

/** What functions are told of whoever calls, as far as the operator has given the means to know. */
export interface Callers {
  /** The `x-nf-geo` of an address, base64 of JSON (runtime.md §3.3). Without it functions see no place. */
  readonly geo?: ((ip: string) => string | undefined) | undefined
  /** The `x-nf-identity-info` of a caller with a bearer token (runtime.md §3.6). Without it callers have no identity. */
  readonly identity?: Identity | undefined
}

/** In development what is not given is played as the emulators play it; in production it is not known. */
export function completeCallers({ geo, identity }: Callers, mode: 'production' | 'dev'): Callers {
  if (mode === 'production') return { geo, identity }
  return { geo: geo ?? (() => MOCK_GEO), identity: identity ?? LOCAL_IDENTITY }
}

const MOCK_GEO = formatPlace(MOCK_PLACE)
/** In development a caller has a token, and no `user`: nothing has been verified. */
const LOCAL_IDENTITY = createIdentity({ url: () => LOCAL_IDENTITY_URL })
