/** `JSON.parse` as the platform's `json()` does it: its error is the promise's. */
export function parseJson(text: string): Promise<unknown> {
  try {
    return Promise.resolve(JSON.parse(text))
  } catch (error) {
    return Promise.reject(error)
  }
}
