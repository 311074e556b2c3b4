import type { CallExpression, Expression, Located } from './ast.ts'
import type { ModuleExport, ModuleShape } from './module-shape.ts'

export interface HandlerMarker {
  node: Located
  /** When the handler is what a function called by its plain name returns: `schedule("@daily", fn)`. */
  call?: CallExpression
}

/**
 * The export that makes a file Lambda-format (build.md §3.1), the last one when there are several. Which spellings
 * count is Netlify's choice: `export function handler` and `handler = object.method()` do not.
 */
export function findHandlerMarker(shape: ModuleShape): HandlerMarker | undefined {
  return shape.exports
    .filter(({ name }) => name === 'handler')
    .map((entry) => readMarker(entry, shape))
    .findLast((marker) => marker !== undefined)
}

function readMarker(entry: ModuleExport, shape: ModuleShape): HandlerMarker | undefined {
  const { node, how, from, local, value } = entry
  if (how === 'declared' || how === 'commonjs') return readValue(value, node)
  if (from !== undefined || (how !== 'specifier' && how !== 'quoted-specifier')) return undefined
  const binding = shape.bindings.get(local ?? '')
  if (binding?.kind === 'function') return { node }
  return binding?.kind === 'value' ? readValue(binding.value, node) : undefined
}

function readValue(value: Expression | undefined, node: Located): HandlerMarker | undefined {
  if (value?.type !== 'CallExpression') return { node }
  return value.callee.type === 'Identifier' ? { node, call: value } : undefined
}
