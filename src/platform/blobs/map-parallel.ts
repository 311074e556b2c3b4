/** Files in work at once: a blob is synced to disk, and the disk takes many of these together. */
const PARALLEL = 32

/** `map` over all items, some of them at a time, results in the order of the items. The first failure ends it. */
export async function mapParallel<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  let hasFailed = false
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length && !hasFailed; index = next++)
      results[index] = await map(items[index]!)
  }
  const workers = Array.from({ length: Math.min(PARALLEL, items.length) }, () =>
    work().catch((error: unknown) => {
      hasFailed = true
      throw error
    }),
  )
  const ends = await Promise.allSettled(workers)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}
