import type { Metrics, Readings } from '../observe/metrics/index.ts'

/** What is counted for the operator. Parts that can be measured add what they say of themselves as they open. */
export interface Counts {
  /** Undefined: nobody can read them. Counting costs a microsecond a request, and a library. */
  readonly metrics: Metrics | undefined
  /** @param read asked at each scrape */
  measure(read: () => Partial<Readings>): void
}

export async function openCounts({ isRead }: { isRead: boolean }): Promise<Counts> {
  const sources: (() => Partial<Readings>)[] = []
  const read = (): Readings => Object.assign({ ...NOTHING_OPEN }, ...sources.map((source) => source()))
  return {
    metrics: isRead ? (await import('../observe/metrics/index.ts')).createMetrics(read) : undefined,
    measure: (source) => void sources.push(source),
  }
}

const NOTHING_OPEN: Readings = {
  instances: 0,
  busy: 0,
  starting: 0,
  waiting: 0,
  blanks: 0,
  connections: 0,
  lostLogLines: 0,
}
