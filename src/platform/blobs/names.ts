import { RoostError } from '../../base/errors/index.ts'

/** As the client has them (runtime.md §16.1): header name and value together. */
export const MAX_METADATA_BYTES = 2048
const MAX_KEY_BYTES = 600
const MAX_STORE_BYTES = 64
const STORE = /^(?:site:(.*)|deploy:(\w{1,24})(?::(.*))?|([^:]*))$/su
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/

/**
 * Refuses what Netlify refuses (runtime.md §16.1), where something is about to be stored; what cannot have been
 * stored is simply not found.
 * @throws BLOB_INVALID
 */
export function checkBlobName(store: string, key: string): void {
  const match = STORE.exec(store)
  const name = match?.[1] ?? match?.[3] ?? match?.[4] ?? ''
  if (match === null || store === '' || store === 'site:' || name.includes('/') || CONTROL.test(store))
    throw invalid(
      `"${store}" is not a store`,
      'A store is site:NAME or deploy:ID[:NAME], its name without a slash.',
    )
  if (Buffer.byteLength(name) > MAX_STORE_BYTES)
    throw invalid(
      `The store's name has ${Buffer.byteLength(name)} bytes`,
      `At most ${MAX_STORE_BYTES} are allowed.`,
    )
  if (key === '') throw invalid('The key is empty', 'Give it at least one character.')
  if (key.startsWith('/')) throw invalid('The key begins with a slash', 'Leave the slash out.')
  if (CONTROL.test(key)) throw invalid('The key has a control character', 'Leave it out.')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw invalid(`The key has ${Buffer.byteLength(key)} bytes`, `At most ${MAX_KEY_BYTES} are allowed.`)
}

function invalid(message: string, hint: string): RoostError {
  return new RoostError('BLOB_INVALID', `${message}.`, { hint })
}
