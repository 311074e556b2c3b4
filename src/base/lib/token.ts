/** Whether a text is a token of HTTP (RFC 9110, 5.6.2): the name of a header or of a method. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
