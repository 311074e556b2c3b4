/** Between the steps of a long read: what has been asked for meanwhile is begun. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
