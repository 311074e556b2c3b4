import type { Cookie } from './cookies.ts'

/**
 * The value of a `Set-Cookie` header, byte for byte as Netlify writes it (runtime.md §3.2), or undefined for a cookie
 * without name.
 * @throws what the page's table says: TypeError for the name, Error for value, path, domain and a negative maxAge.
 */
export function formatSetCookie(cookie: Cookie): string | undefined {
  const { name } = cookie
  if (!name) return undefined
  const value = String(cookie.value)
  checkName(name)
  checkValue(name, value)
  const isHost = name.startsWith('__Host')
  const domain = isHost ? undefined : cookie.domain
  const path = isHost ? '/' : cookie.path
  let text = `${name}=${value}`
  if (cookie.secure || isHost || name.startsWith('__Secure')) text += '; Secure'
  if (cookie.httpOnly) text += '; HttpOnly'
  if (Number.isInteger(cookie.maxAge)) {
    if (cookie.maxAge! < 0) throw new Error(`The maxAge of cookie '${name}' must be 0 or more`)
    text += `; Max-Age=${cookie.maxAge}`
  }
  if (domain) {
    checkDomain(domain)
    text += `; Domain=${domain}`
  }
  if (cookie.sameSite) text += `; SameSite=${cookie.sameSite}`
  if (path) {
    checkPath(name, path)
    text += `; Path=${path}`
  }
  if (cookie.expires !== undefined && cookie.expires !== null)
    text += `; Expires=${new Date(cookie.expires).toUTCString()}`
  if (cookie.unparsed) text += `; ${cookie.unparsed.join('; ')}`
  return text
}

/** Visible ASCII without the separators of RFC 2616 §2.2. */
const NAME = /^[!#$%&'*+\-./0-9A-Z^_`a-z|~]+$/

function checkName(name: string): void {
  if (!NAME.test(name)) throw new TypeError(`Invalid cookie name: "${name}".`)
}

/** Controls, space, quote, comma, semicolon, backslash, DEL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN_IN_VALUE = /[\u0000-\u0020",;\\\u007f]/

function checkValue(name: string, value: string): void {
  for (const character of value) {
    if (FORBIDDEN_IN_VALUE.test(character))
      throw new Error(`RFC2616 cookie '${name}' cannot contain character '${character}'`)
    if (character.charCodeAt(0) > 0x7f)
      throw new Error(`RFC2616 cookie '${name}' can only have US-ASCII characters, not '${character}'`)
  }
}

function checkPath(name: string, path: string): void {
  for (const character of path)
    if (character < ' ' || character > '~' || character === ';')
      throw new Error(`The path of cookie '${name}' cannot contain character '${character}'`)
}

function checkDomain(domain: string): void {
  if (domain.startsWith('-') || domain.endsWith('.') || domain.endsWith('-'))
    throw new Error(`The domain of a cookie cannot begin with '-' nor end with '.' or '-': ${domain}`)
}
