import { dirname, join, normalize, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Expression, unwrapTypes } from '../config/index.ts'
import type { Names } from './names.ts'
import { isNode, readProperty } from './walk.ts'

/** Where code stands when it runs. */
export interface World {
  /** Absolute: what `process.cwd()` gives. */
  cwd: string
  /** Absolute: what `__filename` and `import.meta.url` give. */
  file: string
}

/** A text that an expression gives: all of it, or how it begins. */
export interface Text {
  text: string
  isWhole: boolean
}

/** Constants that are followed from one to the next; enough for what people write, and an end for rings. */
const MOST_STEPS = 20

/**
 * The path that an expression gives in a world, as far as it can be known without running the code: literals,
 * constants of the file, `path.join` and its like, `new URL(…, import.meta.url)`, `process.cwd()`. The rest of the
 * language gives undefined.
 *
 * @returns an absolute path; with `isWhole` false the beginning of one, which ends in the middle of a name or in `/`.
 */
export function evaluatePath(expression: Expression, world: World, names: Names): Text | undefined {
  const found = evaluate(expression, { world, names, steps: 0 })
  if (found === undefined || (found.text === '' && !found.isWhole)) return undefined
  if (!found.text.startsWith('file:'))
    return { ...found, text: keepSlash(found.text, resolve(world.cwd, found.text)) }
  try {
    return { ...found, text: keepSlash(found.text, fileURLToPath(found.text)) }
  } catch {
    return undefined // a URL that names no file here
  }
}

/** The text that an expression gives, whatever it names. */
export function evaluateText(expression: Expression, world: World, names: Names): Text | undefined {
  return evaluate(expression, { world, names, steps: 0 })
}

interface Evaluation {
  world: World
  names: Names
  steps: number
}

function evaluate(expression: Expression, at: Evaluation): Text | undefined {
  if (at.steps > MOST_STEPS) return undefined
  const { inner } = unwrapTypes(expression)
  switch (inner.type) {
    case 'StringLiteral':
      return whole(inner.value)
    case 'TemplateLiteral':
      return concat(
        inner.quasis.flatMap((quasi, index) => {
          const text = () => whole(quasi.value.cooked ?? '')
          const value = inner.expressions[index]
          return value === undefined ? [text] : [text, () => evaluate(value as Expression, at)]
        }),
      )
    case 'BinaryExpression':
      if (inner.operator !== '+') return undefined
      return concat([() => evaluate(inner.left as Expression, at), () => evaluate(inner.right, at)])
    case 'Identifier':
      return evaluateName(inner.name, at)
    case 'MemberExpression':
      return evaluateMember(inner, at)
    case 'CallExpression':
      return evaluateCall(at.names.nameCallee(inner.callee), inner.arguments as Expression[], at)
    case 'NewExpression':
      return at.names.nameCallee(inner.callee) === 'URL' || at.names.nameCallee(inner.callee) === 'url.URL'
        ? evaluateUrl(inner.arguments as Expression[], at)
        : undefined
    default:
      return undefined
  }
}

function evaluateName(name: string, at: Evaluation): Text | undefined {
  const meaning = at.names.find(name)
  if (meaning?.kind === 'constant') return evaluate(meaning.value, { ...at, steps: at.steps + 1 })
  if (at.names.isDeclared(name)) return undefined
  if (name === '__dirname') return whole(dirname(at.world.file))
  return name === '__filename' ? whole(at.world.file) : undefined
}

function evaluateMember(
  node: Extract<Expression, { type: 'MemberExpression' }>,
  at: Evaluation,
): Text | undefined {
  const property = readProperty(node)
  if (isNode(node.object, 'MetaProperty')) {
    if (property === 'url') return whole(pathToFileURL(at.world.file).href)
    if (property === 'filename') return whole(at.world.file)
    return property === 'dirname' ? whole(dirname(at.world.file)) : undefined
  }
  if (property !== 'pathname' && property !== 'href') return undefined
  const url = evaluate(node.object as Expression, at)
  if (url === undefined || !url.text.startsWith('file:')) return undefined
  return property === 'href' ? url : { ...url, text: url.text.slice('file://'.length) }
}

function evaluateCall(name: string | undefined, args: Expression[], at: Evaluation): Text | undefined {
  const [first] = args
  switch (name) {
    case 'process.cwd':
      return whole(at.world.cwd)
    case 'path.join':
      return joinPath(args, at, join)
    case 'path.resolve':
      return joinPath(args, at, (...parts) => resolve(at.world.cwd, ...parts))
    case 'path.normalize':
      return first && joinPath([first], at, normalize)
    case 'path.dirname': {
      const path = first && evaluate(first, at)
      return path?.isWhole ? whole(dirname(path.text)) : undefined
    }
    case 'url.fileURLToPath': {
      const url = first && evaluate(first, at)
      return url?.text.startsWith('file:') ? { ...url, text: fileURLToPath(url.text) } : undefined
    }
    default:
      return undefined
  }
}

/** Parts that are known, up to the first that is not; what follows it is below the folder reached so far. */
function joinPath(
  args: Expression[],
  at: Evaluation,
  combine: (...parts: string[]) => string,
): Text | undefined {
  const parts: string[] = []
  for (const arg of args) {
    const part = evaluate(arg, at)
    if (part === undefined || part.text === '') {
      if (part?.isWhole) continue
      return parts.length === 0 ? undefined : { text: `${combine(...parts)}/`, isWhole: false }
    }
    parts.push(part.text)
    if (!part.isWhole) return { text: keepSlash(part.text, combine(...parts)), isWhole: false }
  }
  return parts.length === 0 ? undefined : whole(combine(...parts))
}

function evaluateUrl(args: Expression[], at: Evaluation): Text | undefined {
  const [relative, base] = args.map((arg) => evaluate(arg, at))
  if (relative === undefined || !base?.isWhole) return undefined
  return URL.canParse(relative.text, base.text)
    ? { ...relative, text: new URL(relative.text, base.text).href }
    : undefined
}

function concat(parts: (() => Text | undefined)[]): Text | undefined {
  let text = ''
  for (const read of parts) {
    const part = read()
    if (part === undefined) return { text, isWhole: false }
    text += part.text
    if (!part.isWhole) return { text, isWhole: false }
  }
  return whole(text)
}

function whole(text: string): Text {
  return { text, isWhole: true }
}

/** Path functions drop the last slash, which says that the name before it is complete. */
function keepSlash(before: string, after: string): string {
  return before.endsWith('/') && !after.endsWith('/') ? `${after}/` : after
}
