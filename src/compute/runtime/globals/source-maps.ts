import { readFileSync, statSync } from 'node:fs'
import Module, { syncBuiltinESMExports } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { isOurFrame } from '../failure.ts'

/** What a stack is made with: `Error.prepareStackTrace`, which V8 calls when a stack is looked at for the first time. */
type PrepareStackTrace = (error: Error, trace: NodeJS.CallSite[]) => unknown

type Method = (...args: unknown[]) => unknown

/** `Module` with the method that compiles one, which its types leave out. */
interface ModuleClass {
  new (filename: string): object
  readonly prototype: { readonly _compile: (this: object, content: string, filename: string) => unknown }
  findSourceMap: (path: unknown) => unknown
}

/** From 26 on Node itself reads a map when a stack is made. */
const FIRST_LAZY_NODE = 26
const NodeModule = Module as unknown as ModuleClass
/** Kept from before: user code may wrap or replace it. */
const { _compile: compile } = NodeModule.prototype

const MARKER = 'sourceMappingURL='
const COMMENT = /\/[/*][#@]\s+sourceMappingURL=(\S+)/

/**
 * Instances run with `--enable-source-maps`, with which Node reads, parses and measures the map of every file that it
 * compiles: a third of the first call of a function of a megabyte, and 10 to 15 MB (ADR 0009). Most instances
 * never make a stack. So maps are off until somebody looks at a stack or asks for a map; then Node's own are on, for
 * good, and it is told of the files that it compiled before. Stacks are made by Node alone.
 *
 * Nodes before 20 do not let anybody call what makes stacks: there everything stays as it was.
 */
export function deferSourceMaps(): void {
  const own = (Error as { prepareStackTrace?: unknown }).prepareStackTrace as PrepareStackTrace | undefined
  if (own === undefined || Number.parseInt(process.versions.node, 10) >= FIRST_LAZY_NODE) return
  const maps = new LateSourceMaps()
  hookStacks(own, maps)
  hookQuestions(maps)
}

/** The state of this process: off, then on. */
class LateSourceMaps {
  readonly #enable = process.setSourceMapsEnabled.bind(process)
  readonly #find = NodeModule.findSourceMap
  /** Files that stacks have named. For those with a map, what it belongs to: Node forgets a map with its module. */
  readonly #files = new Map<string, object | undefined>()
  #isOn = false
  /** User code does not want them for now. */
  arePutOff = false

  constructor() {
    this.#enable(false)
  }

  enable(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#enable(true)
  }

  /** Tells Node of the map of a file that it may have compiled while maps were off. Never throws. */
  load(file: unknown): void {
    if (this.arePutOff || typeof file !== 'string' || this.#files.has(file) || isOurFrame(file)) return
    if (!file.startsWith('/') && !file.startsWith('file:')) return
    this.#files.set(file, undefined)
    if (this.#isOn && this.#find(file) !== undefined) return // compiled since
    try {
      const url = readMapUrl(file)
      if (url === undefined) return
      this.enable()
      this.#files.set(file, compileComment(file, url))
    } catch {
      // No such file any more: the stack names what was compiled, as Node's does without a map.
    }
  }
}

/** The last one counts. Code that `node:vm` runs has any name, that of a pipe too, which would never end. */
function readMapUrl(file: string): string | undefined {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  if (!statSync(path).isFile()) return undefined
  const bytes = readFileSync(path)
  const at = bytes.lastIndexOf(MARKER)
  if (at === -1) return undefined
  const lineStart = bytes.lastIndexOf('\n', at) + 1
  return COMMENT.exec(bytes.toString('utf8', lineStart))?.[1]
}

/** Compiling is the only way to make Node know a map: a comment by the name of the file is as good as the file. */
function compileComment(file: string, mapUrl: string): object {
  const module = new NodeModule(file)
  compile.call(module, `//# ${MARKER}${mapUrl}`, file)
  return module
}

/**
 * User code sets `Error.prepareStackTrace` for a moment and puts back what was there, or sets it to nothing, which
 * gives it Node's own. With an accessor both work; classes that inherit it get a property of their own, as ever.
 */
function hookStacks(own: PrepareStackTrace, maps: LateSourceMaps): void {
  const { prepareStackTrace } = {
    prepareStackTrace(error: Error, trace: NodeJS.CallSite[]): unknown {
      if (Array.isArray(trace)) for (const site of trace) maps.load(readFileName(site))
      return own(error, trace)
    },
  }
  let current: unknown = prepareStackTrace
  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    enumerable: false,
    get: () => current,
    set(value: unknown) {
      if (this === Error) current = typeof value === 'function' ? value : prepareStackTrace
      else Object.defineProperty(this, 'prepareStackTrace', { ...ORDINARY, value })
    },
  })
}

const ORDINARY = { configurable: true, enumerable: true, writable: true }

/** User code may call this with call sites of its own making. */
function readFileName(site: NodeJS.CallSite): unknown {
  try {
    return site.getFileName() ?? undefined
  } catch {
    return undefined
  }
}

/** Code that asks Node about source maps hears what is true with the flag. */
function hookQuestions(maps: LateSourceMaps): void {
  replace(NodeModule, 'findSourceMap', (original) => (path) => {
    maps.load(path)
    return original(path)
  })
  replace(NodeModule, 'getSourceMapsSupport', (original) => () => {
    maps.enable()
    return original()
  })
  const putOnOrOff =
    (original: Method): Method =>
    (isOn, ...rest) => {
      maps.enable()
      original(isOn, ...rest)
      maps.arePutOff = isOn === false
    }
  replace(NodeModule, 'setSourceMapsSupport', putOnOrOff)
  replace(process, 'setSourceMapsEnabled', putOnOrOff)
  const { get, ...rest } = Object.getOwnPropertyDescriptor(process, 'sourceMapsEnabled') ?? {}
  if (get !== undefined)
    Object.defineProperty(process, 'sourceMapsEnabled', {
      ...rest,
      get() {
        maps.enable()
        return get()
      },
    })
  syncBuiltinESMExports()
}

/** By a method of the same name, as visible as the one before, if this Node has it. */
function replace(holder: object, name: string, wrap: (original: Method) => Method): void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name)
  if (descriptor === undefined) return
  const wrapped = wrap(descriptor.value as Method)
  const { [name]: named } = { [name]: (...args: unknown[]) => wrapped(...args) }
  Object.defineProperty(holder, name, { ...descriptor, value: named })
}
