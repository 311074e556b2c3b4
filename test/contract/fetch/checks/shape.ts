import assert from 'node:assert'
import util from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { type Check, each, outcome, type Scene } from '../scene.ts'

/** What reflection, printing, comparing and cloning find. */

const CLASSES = ['Request', 'Response', 'Headers'] as const
type ClassName = (typeof CLASSES)[number]

const classOf = (name: ClassName): (new (...args: never[]) => object) => globalThis[name] as never

/** One object of each class, as they come into a handler's hands. */
const OBJECTS: Record<string, (scene: Scene) => object> = {
  request: (scene) => scene.request(),
  'request with a body': (scene) => scene.request({ method: 'POST', body: '{"a":1}' }),
  'request headers': (scene) => scene.request().headers,
  'own request': () => new Request('http://a.example/b'),
  response: () => new Response('text', { headers: { 'X-Cased': '1', lower: '2' } }),
  'empty response': () => new Response(),
  'json response': () => Response.json({ a: 1 }, { status: 201 }),
  'stream response': () => new Response(new ReadableStream({ start: (controller) => controller.close() })),
  'redirect response': () => Response.redirect('http://a.example/b'),
  'error response': () => Response.error(),
  'response headers': () => new Response('text', { headers: { 'X-Cased': '1' } }).headers,
}

const onObjects = (name: string, run: (object: object, scene: Scene) => unknown): Check[] =>
  Object.entries(OBJECTS).map(([key, make]) => [`${name} | ${key}`, (scene) => run(make(scene), scene)])

const describeKeys = (object: object): unknown =>
  Reflect.ownKeys(object)
    .filter(isShownKey)
    .map((key) => {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key)!
      const isShown = typeof value !== 'object' && key !== 'prototype'
      return [String(key), flags, get, set, isShown ? value : typeof value]
    })

/** On Node 18 printing needs a member that the platform's prototypes do not have there. */
const isShownKey = (key: PropertyKey): boolean =>
  key !== util.inspect.custom || !process.version.startsWith('v18.')

/** Node 26 says so when it prints a proxy. */
const withoutProxy = (printed: string): string => printed.replace(/^Proxy\((.*)\)$/s, '$1')

const METHODS = ['text', 'json', 'arrayBuffer', 'blob', 'formData', 'bytes', 'clone'] as const

export const shapeChecks: Check[] = [
  ...each('own keys of the class', CLASSES, (name) => describeKeys(classOf(name))),
  ...each('own keys of the prototype', CLASSES, (name) => describeKeys(classOf(name).prototype)),
  ...each('the global', CLASSES, (name) => {
    const { enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name)!
    return { enumerable, configurable, keys: Object.keys(globalThis).includes(name) }
  }),
  [
    'the global fetch',
    () => {
      const { value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, 'fetch')!
      return { ...flags, value, printed: withoutProxy(util.inspect(value)), isFunction: typeof value }
    },
  ],
  ...each('name, length, type', CLASSES, (name) => {
    const { name: own, length } = classOf(name)
    return { own, length, type: typeof classOf(name), tag: Object.prototype.toString.call(classOf(name)) }
  }),
  ...each('printed class', CLASSES, (name) => withoutProxy(util.inspect(classOf(name)))),
  ...each(
    'constructor of the prototype',
    CLASSES,
    (name) => classOf(name).prototype.constructor === classOf(name),
  ),
  ...each(
    'class has the own property',
    ['json', 'redirect', 'error', 'name', 'constructor', 'prototype'],
    (key) => [Object.hasOwn(Response, key), key in Response],
  ),
  ...each('called without new', CLASSES, (name) => (classOf(name) as unknown as () => unknown)()),
  ...each('iterator and entries are one', CLASSES, (name) => {
    const prototype = classOf(name).prototype as Headers
    return prototype.entries === prototype[Symbol.iterator]
  }),

  ...onObjects('instanceof', (object) =>
    CLASSES.map((name) => [object instanceof classOf(name), classOf(name)[Symbol.hasInstance](object)]),
  ),
  ...onObjects('is its prototype', (object) =>
    CLASSES.map((name) => [
      Object.getPrototypeOf(object) === classOf(name).prototype,
      Object.prototype.isPrototypeOf.call(classOf(name).prototype, object),
    ]),
  ),
  ...onObjects('constructor', (object) => CLASSES.map((name) => object.constructor === classOf(name))),
  ...onObjects('toString', (object) => [
    Object.prototype.toString.call(object),
    String(object),
    (object as { [Symbol.toStringTag]: string })[Symbol.toStringTag],
  ]),
  // Node 18 to 22 keep their state in symbols: those keys are nobody's.
  ...onObjects('own string keys', (object) => [
    Object.getOwnPropertyNames(object),
    Object.keys(object),
    Object.entries(object),
  ]),
  ...onObjects('for in', (object) => {
    const keys: string[] = []
    for (const key in object) keys.push(key)
    return keys
  }),
  ...onObjects('in', (object) => ['status', 'url', 'text', 'get', 'nothing'].map((key) => key in object)),
  ...onObjects('JSON', (object) => JSON.stringify({ object })),
  ...onObjects('Object.assign', (object) => Object.keys(Object.assign({}, object))),
  ...onObjects('structuredClone', (object) => structuredClone(object)),
  ...onObjects('structuredClone in a field', (object) => structuredClone({ object })),
  ...onObjects('postMessage', (object) => {
    const { port1, port2 } = new MessageChannel()
    try {
      port1.postMessage(object)
      return 'sent'
    } finally {
      port1.close()
      port2.close()
    }
  }),
  // Node 18 prints its internals: the shape of what it prints depends on how a body was made.
  ...onObjects('printed', (object) => (isPrintedByNode18(object) ? 'skipped' : util.inspect(object))),
  ...onObjects('printed with options', (object) =>
    isPrintedByNode18(object)
      ? 'skipped'
      : [
          util.inspect(object, { depth: null, colors: true }),
          util.inspect({ in: { a: { field: object } } }, { depth: 0 }),
          util.inspect([object], { compact: false, showHidden: false, breakLength: 200 }),
          util.format('%s|%o|%j', object, 1, object),
        ],
  ),
  ...onObjects('isDeepStrictEqual to itself and to others', (object, scene) => [
    util.isDeepStrictEqual(object, object),
    util.isDeepStrictEqual(object, {}),
    Object.values(OBJECTS).map((make) => {
      const other = make(scene)
      return other.constructor !== object.constructor && util.isDeepStrictEqual(object, other)
    }),
  ]),
  ...onObjects('assert.notEqual', (object) => assert.notStrictEqual(object, {})),
  ...onObjects('extra properties', (object) => {
    const extended = object as Record<string, unknown>
    extended.extra = 1
    return [Object.keys(extended), delete extended.extra, Object.keys(extended)]
  }),
  ...onObjects('frozen', async (object) => {
    Object.freeze(object)
    const { headers, body } = object as Response
    return [headers, body === null, await outcome(() => (object as Response).text?.())]
  }),
  ...onObjects('as a key', (object) => {
    const map = new WeakMap([[object, 1]])
    return [map.get(object), new Set([object, object]).size]
  }),
  ...onObjects('assigning to accessors', (object) => {
    const target = object as Record<string, unknown>
    return ['status', 'url', 'headers', 'body'].map((key) => {
      try {
        target[key] = 1
        return typeof target[key]
      } catch (error) {
        // V8 names the class in its message, and does not see through a proxy.
        return (error as Error).name
      }
    })
  }),
  ...onObjects('types', (object) => [
    util.types.isProxy(object),
    util.types.isModuleNamespaceObject(object),
    Object.isExtensible(object),
    Object.isSealed(object),
  ]),

  // A proxy has the state of its target where that hangs on symbols, and none where it is private.
  ...onObjects('through a proxy', async (object) => {
    const proxy = new Proxy(object, {}) as Response & Request
    return [
      await outcome(() => [...proxy.headers]),
      await outcome(() => proxy.bodyUsed),
      await outcome(() => proxy.status ?? proxy.method),
      await outcome(() => [...(proxy as never as Headers)]),
      await outcome(() => proxy.text()),
    ]
  }),
  ...onObjects('as an argument through a proxy', async (object) => {
    const proxy = new Proxy(object, {}) as never
    return [
      await outcome(() => new Request(proxy).url),
      await outcome(() => new Headers(proxy)),
      await outcome(() => fetch(proxy)),
    ]
  }),

  // Members taken from the prototype and applied to something else.
  ...CLASSES.flatMap((name) =>
    each(
      `${name} members on`,
      ['a plain object', 'its prototype', 'a derived object', 'null', 'a number'],
      (on, scene) => {
        const prototype = classOf(name).prototype
        const self = {
          'a plain object': {},
          'its prototype': prototype,
          'a derived object': Object.create(
            name === 'Request'
              ? scene.request()
              : name === 'Response'
                ? new Response()
                : scene.request().headers,
          ),
          null: null,
          'a number': 5,
        }[on]
        return Promise.all(
          Object.getOwnPropertyNames(prototype)
            .filter((key) => key !== 'constructor')
            .map(async (key) => {
              const { get, value } = Object.getOwnPropertyDescriptor(prototype, key)!
              return [key, await outcome(() => (get ?? value)?.call(self, 'a', 'b'))]
            }),
        )
      },
    ),
  ),
  ...each('methods of Response on a Request', METHODS, async (key, scene) => {
    const method = Response.prototype[key] as () => unknown
    return outcome(() => method.call(scene.request({ method: 'POST', body: '1' })))
  }),
  ...each('methods of Request on a Response', METHODS, async (key) => {
    const method = Request.prototype[key] as () => unknown
    return outcome(() => method.call(new Response('1')))
  }),
  ...each('methods return promises of this realm', METHODS.slice(0, 6), (key, scene) => {
    const results = [new Response('1'), scene.request({ method: 'POST', body: '1' })].map((object) => {
      const result = (object[key] as () => unknown)?.call(object)
      Promise.resolve(result).catch(() => undefined)
      return result
    })
    return results.map((result) => [result instanceof Promise, result?.constructor === Promise])
  }),
]

function isPrintedByNode18(object: object): boolean {
  return process.version.startsWith('v18.') && !(object instanceof Headers)
}
