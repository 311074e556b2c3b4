/** One scenario: what is looked up among how much. */
export interface Table {
  title: string
  /** How many routes or rules; those that were asked for when absent. */
  count?: number
  create(count: number): LookUp
  /** A path that the route or rule with this number answers, or nobody. */
  path(i: number): string
  /** Whether something answers. Checked before anything is measured. */
  isHit: boolean
  /** 5 µs when absent. */
  targetNs?: number
}

/** Whether something answers `path`. */
export type LookUp = (path: string) => boolean
