import { inspect } from 'node:util'
import { bytesOf, READERS, read, streamOf } from './checks/bodies.ts'
import { isOne, outcome, type Scene } from './scene.ts'
import { show } from './show.ts'

/**
 * Does `steps` random things to a handful of requests and responses and returns what was seen. The same seed does the
 * same things, as long as the same is seen.
 */
export async function runRandomSequence(scene: Scene, seed: number, steps: number): Promise<unknown[]> {
  const random = createRandom(seed)
  const world: World = { scene, random, owners: [makeResponse(random), makeRequest(scene, random)] }
  const log: unknown[] = []
  for (let step = 0; step < steps; step++) {
    const [name, run] = pick(random, ACTIONS)
    const seen = await outcome(() => run(world, pick(random, world.owners)))
    log.push([name, show(seen)])
    await new Promise(setImmediate)
  }
  return [...log, ...(await Promise.all(world.owners.map(async (owner) => show(await summarize(owner)))))]
}

/** It prints the insides of headers and bodies: order of insertion, caches. */
const isNode18 = process.version.startsWith('v18.')

type Owner = Request | Response
type Random = () => number

interface World {
  scene: Scene
  random: Random
  owners: Owner[]
}

/** mulberry32: small, and the same everywhere. */
function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

const TEXTS = ['', 'text', '{"a":1}', 'ü', '\ufeff[]', '\ud800', 'a=1&b=2', 'x'.repeat(20_000)]
const STATUSES = [undefined, 200, 201, 204, 304, 404, 599, 99, 600, '202', 200.7]
const NAMES = ['a', 'A', 'content-type', 'Content-Type', 'set-cookie', 'Cookie', 'x-y', 'bad name', '']
const VALUES = ['1', ' 2 ', 'text/html', 'a=b', '', 'bad\nvalue', '\u0100', 3, undefined]

function makeBody(random: Random): unknown {
  const text = pick(random, TEXTS)
  return pick(random, [
    () => text,
    () => text,
    () => null,
    () => undefined,
    () => bytesOf(text),
    () => bytesOf(text).buffer,
    () => streamOf(bytesOf(text), bytesOf('more')),
    () => new Blob([text], { type: 'b/b' }),
    () => new URLSearchParams('a=1'),
    () => 12,
  ])()
}

function makeHeaders(random: Random): HeadersInit | undefined {
  const [a, b] = [pick(random, NAMES), pick(random, NAMES)]
  const [x, y] = [pick(random, VALUES) as string, pick(random, VALUES) as string]
  return pick<() => HeadersInit | undefined>(random, [
    () => undefined,
    () => ({}),
    () => ({ [a]: x }),
    () => ({ [a]: x, [b]: y }),
    () => [[a, x]],
    () => [
      [a, x],
      [b, y],
    ],
    () => new Headers({ 'X-Y': 'z', cookie: 'c=d' }),
  ])()
}

function makeResponse(random: Random): Response {
  const init = { status: pick(random, STATUSES) as number, headers: makeHeaders(random) }
  try {
    return random() < 0.2
      ? Response.json(pick(random, TEXTS), init)
      : new Response(makeBody(random) as BodyInit, random() < 0.5 ? init : undefined)
  } catch {
    return new Response('instead')
  }
}

function makeRequest(scene: Scene, random: Random): Request {
  return scene.request({
    method: pick(random, ['GET', 'POST', 'PUT', 'HEAD']),
    url: pick(random, ['http://a.example/x?y', 'http://a.example/../ü', 'http://B.example']),
    headers: pick(random, [
      '',
      'host: a\r\n',
      'a: 1\r\nx-y: 2\r\na: 3\r\ncontent-type: application/json\r\n',
    ]),
    body: pick(random, TEXTS),
  })
}

/** The body of a copied request may still be flowing, and ours ends sooner than one branch of a tee. */
const isLocked = (owner: Owner): boolean | undefined =>
  owner instanceof Request ? undefined : owner.body?.locked

async function summarize(owner: Owner): Promise<unknown> {
  const { bodyUsed } = owner
  // A clone of ours has no stream yet, where the platform's has two that have begun to run.
  const printed = isNode18 ? '' : inspect(owner).replace(/state: '\w+'/, 'state')
  return [
    'status' in owner ? owner.status : owner.url,
    [...owner.headers],
    bodyUsed,
    isLocked(owner),
    printed,
    await outcome(() => read(owner, 'text')),
    owner.bodyUsed,
  ]
}

const keep = (world: World, owner: Owner): unknown => {
  if (world.owners.length < 8) world.owners.push(owner)
  return owner
}

const ACTIONS: [name: string, run: (world: World, owner: Owner) => unknown][] = [
  ['make response', (world) => keep(world, makeResponse(world.random))],
  ['make request', (world) => keep(world, makeRequest(world.scene, world.random))],
  ['read', (world, owner) => read(owner, pick(world.random, READERS))],
  ['read', (world, owner) => read(owner, pick(world.random, READERS))],
  [
    'read twice at once',
    (world, owner) => {
      const [a, b] = [pick(world.random, READERS), pick(world.random, READERS)]
      return Promise.all([outcome(() => read(owner, a)), owner.bodyUsed, outcome(() => read(owner, b))])
    },
  ],
  ['clone', (world, owner) => keep(world, owner.clone())],
  ['clone', (world, owner) => keep(world, owner.clone())],
  ['used', (_, owner) => owner.bodyUsed],
  ['body', (_, owner) => [owner.body === null, isOne(() => owner.body), isLocked(owner)]],
  ['headers', (_, owner) => [...owner.headers]],
  ['get header', (world, owner) => owner.headers.get(pick(world.random, NAMES))],
  ['has header', (world, owner) => owner.headers.has(pick(world.random, NAMES))],
  [
    'set header',
    (world, owner) => owner.headers.set(pick(world.random, NAMES), pick(world.random, VALUES) as string),
  ],
  [
    'append header',
    // Not the empty one: of `1, ` a platform's `Headers` loses the last space when it is copied.
    (world, owner) =>
      owner.headers.append(pick(world.random, NAMES), (pick(world.random, VALUES) || 'x') as string),
  ],
  ['delete header', (world, owner) => owner.headers.delete(pick(world.random, NAMES))],
  ['cookies', (_, owner) => owner.headers.getSetCookie()],
  ['print headers', (_, owner) => (isNode18 ? '' : inspect(owner.headers))],
  [
    'read a chunk',
    async (_, owner) => {
      const reader = owner.body?.getReader()
      const result = await reader?.read()
      reader?.releaseLock()
      return result
    },
  ],
  ['lock', (_, owner) => void owner.body?.getReader()],
  // One branch of a tee waits for the other: not awaited.
  ['cancel', (_, owner) => void owner.body?.cancel().catch(() => undefined)],
  ['wrap', (world, owner) => keep(world, new Response(owner.body, owner as unknown as ResponseInit))],
  ['copy headers', (world, owner) => keep(world, new Response('x', { headers: owner.headers }))],
  [
    'copy request',
    (world, owner) => {
      if (owner instanceof Response) return undefined
      const made = world.random() < 0.5 ? new Request(owner) : new Request('http://c.example/', owner)
      return [[...made.headers], made.method, keep(world, made)]
    },
  ],
  [
    'send',
    (world, owner) => {
      if (owner instanceof Request) return undefined
      return world.scene.send(owner).catch((error) => error.name)
    },
  ],
  [
    'summarize',
    (_, owner) => ('ok' in owner ? [owner.ok, owner.statusText, owner.type] : [owner.method, owner.mode]),
  ],
]
