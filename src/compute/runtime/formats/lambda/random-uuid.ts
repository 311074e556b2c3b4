/** `node:crypto` takes milliseconds to load: the first Lambda function does it, not the start of every instance. */
export function randomUuid(): string {
  const { randomUUID } = require('node:crypto') as typeof import('node:crypto')
  return randomUUID()
}
