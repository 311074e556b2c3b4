/** Clients and functions choose header names: there is an end to how many, and how long ones, are remembered. */
const MAX_NAMES = 1000
const MAX_NAME_CHARS = 64

/**
 * `judge` of a header's name, which is asked once for each: the same twenty come again and again. Several may be kept, one for
 * each thing that is asked of names.
 */
export function rememberNames<T>(judge: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size >= MAX_NAMES || name.length > MAX_NAME_CHARS) return judge(name)
    // A copy: a slice would keep the head alive from which it was cut.
    const copy = Buffer.from(name).toString()
    const judged = judge(copy)
    if (judged !== undefined) known.set(copy, judged)
    return judged
  }
}
