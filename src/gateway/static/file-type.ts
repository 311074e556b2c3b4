import mime from 'mime'

/** By the name's extension; text in UTF-8, what is unknown as bytes. */
export function typeOf(path: string): string {
  const type = mime.getType(path) ?? 'application/octet-stream'
  return TEXT.test(type) ? `${type}; charset=utf-8` : type
}

const TEXT = /^text\/|[/+](?:javascript|json|xml)$/
