/** Turns what a check saw into JSON that is equal for equal observations: errors with type and message, bytes as hex. */
export function show(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'undefined':
    case 'bigint':
    case 'symbol':
      return `[${String(value)}]`
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : `[${Object.is(value, -0) ? '-0' : value}]`
    case 'function':
      return `[function ${value.name}/${value.length}]`
    case 'object':
      return value === null ? null : showObject(value, depth)
    default:
      return value
  }
}

function showObject(value: object, depth: number): unknown {
  if (value instanceof Error) return showError(value)
  if (value instanceof DOMException) return `[${value.name} ${value.code}: ${value.message}]`
  if (ArrayBuffer.isView(value))
    return `[${value.constructor.name} ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}]`
  if (value instanceof ArrayBuffer) return `[ArrayBuffer ${Buffer.from(value).toString('hex')}]`
  if (value instanceof Headers) return { headers: [...value] }
  if (depth > 5) return '[deep]'
  if (Array.isArray(value)) return value.map((item) => show(item, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return `[object ${prototype.constructor?.name} ${Object.prototype.toString.call(value)}]`
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, show((value as Record<string, unknown>)[key], depth + 1)]),
  )
}

const BUILT_IN: readonly (new () => Error)[] = [TypeError, RangeError, SyntaxError]

function showError(error: Error): string {
  const type = BUILT_IN.find((Type) => Object.getPrototypeOf(error) === Type.prototype)?.name
  return `[${type ?? error.constructor.name} ${error.name}: ${error.message}]`
}
