// A program: `node --expose-gc answer-memory.ts SHAPE MAX_BYTES` fills a store of answers with one shape far beyond its
// bound and prints, as JSON, what it then weighs and what it really takes: heap and external memory after a collection.
import {
  type AnswerStore,
  type NewAnswer,
  type RequestHeaders,
  AnswerStore as Store,
} from '../../src/platform/answers/index.ts'

interface Put {
  owner?: string
  key: string
  answer?: Partial<NewAnswer>
  request?: RequestHeaders
}

const MIB = 1024 * 1024
const many = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i))
/** Built anew each time, as a request's texts are: equal strings are not to be one string. */
const text = (length: number, char = 'x', i = 0): string => Buffer.from(char.repeat(length) + i).toString()

/** By name: how many are put, and what the number i is. */
const SHAPES: Record<string, { count: number; put(i: number): Put }> = {
  'nothing in them': { count: 50_000, put: (i) => ({ key: `${i}` }) },
  'empty headers': {
    count: 20_000,
    put: (i) => ({ key: `${i}`, answer: { headers: many(256, () => ['x', '']).flat() } }),
  },
  'long headers': {
    count: 1_000,
    put: (i) => ({ key: `${i}`, answer: { headers: many(200, (n) => [`x${n}`, text(200)]).flat() } }),
  },
  'names in vary': {
    count: 24_000,
    put: (i) => ({
      key: `${i}`,
      answer: { vary: many(32, (n) => `vary-${n}`) },
      request: (name) => name + i,
    }),
  },
  'long values in vary': {
    count: 1_000,
    put: (i) => ({ key: `${i}`, answer: { vary: ['a'] }, request: () => text(30_000, 'x', i) }),
  },
  'wide values in vary': {
    count: 1_000,
    put: (i) => ({ key: `${i}`, answer: { vary: ['a'] }, request: () => text(15_000, '\u0436', i) }),
  },
  'a tag each': { count: 30_000, put: (i) => ({ key: `${i}`, answer: { tags: [`tag-${i}`] } }) },
  'a thousand tags each': {
    count: 100,
    put: (i) => ({ key: `${i}`, answer: { tags: many(1000, (n) => `${i}-${n}`) } }),
  },
  'long wide tags': {
    count: 80,
    put: (i) => ({
      key: `${i}`,
      answer: { tags: many(200, (n) => text(1000, '\u0436', i * 200 + n).slice(0, 1024)) },
    }),
  },
  'the same tags': {
    count: 1_500,
    put: (i) => ({ key: `${i}`, answer: { tags: many(100, (n) => `tag-${n}`) } }),
  },
  variants: {
    count: 40_000,
    put: (i) => ({ key: `${i >> 4}`, answer: { vary: ['a'] }, request: () => `${i}` }),
  },
  'long keys': { count: 4_000, put: (i) => ({ key: text(8000, 'k', i) }) },
  'wide keys': { count: 2_000, put: (i) => ({ key: text(8000, '\u0436', i) }) },
  // What a request's head is cut into: each piece would hold the whole.
  'keys cut out of something': {
    count: 40_000,
    put: (i) => ({ key: text(16_000, 'h', i).slice(-40) }),
  },
  'large bodies': { count: 30, put: (i) => ({ key: `${i}`, answer: { body: Buffer.alloc(6 * MIB, 1) } }) },
  'bodies cut out of something': {
    count: 1_000,
    put: (i) => ({ key: `${i}`, answer: { body: Buffer.alloc(MIB).subarray(0, 10) } }),
  },
  'an owner each': { count: 8_000, put: (i) => ({ owner: `site-${i}`, key: `${i}` }) },
  // The tables are as large as they ever were, and the bodies take the room of the entries that they were for.
  'large bodies after small ones': {
    count: 40_020,
    put: (i) => ({ key: `${i}`, answer: i < 40_000 ? {} : { body: Buffer.alloc(2 * MIB, 1) } }),
  },
  'purged all the time': {
    count: 40_000,
    put: (i) => ({ key: `${i}`, answer: { tags: [`${i % 1000}`, `own-${i}`] } }),
  },
}

const [name = '', maxBytes = ''] = process.argv.slice(2)
if (name === 'list') console.log(JSON.stringify(Object.keys(SHAPES)))
else await measure(name, Number(maxBytes))

async function measure(shape: string, bound: number): Promise<void> {
  const store = new Store({ maxBytes: bound })
  const owners = new Set(['owner'])
  const beforeBytes = await readUsed()
  const kept = await fill(store, shape, owners)
  const weighedBytes = store.usedBytes
  const fullBytes = await readUsed()
  for (const owner of owners) store.purge(owner, undefined)
  const afterBytes = await readUsed()
  // A process that has just started lets go of a few megabytes later, whatever it does: the lower one is without the store.
  const takenBytes = fullBytes - Math.min(beforeBytes, afterBytes)
  console.log(JSON.stringify({ kept, weighedBytes, takenBytes, emptyBytes: store.usedBytes }))
}

/** A function of its own: what its variables hold is gone when it has ended. */
async function fill(store: AnswerStore, shape: string, owners: Set<string>): Promise<number> {
  const { count, put } = SHAPES[shape]!
  let kept = 0
  for (let i = 0; i < count; i++) {
    const one = put(i)
    if (one.owner !== undefined) owners.add(one.owner)
    if (putOne(store, one)) kept++
    if (shape.startsWith('purged') && i % 100 === 0) store.purge('owner', [`${(i / 100) % 1000}`])
    if (i % 1000 === 0) await nextTurn()
  }
  return kept
}

function putOne(
  store: AnswerStore,
  { owner = 'owner', key, answer, request = () => undefined }: Put,
): boolean {
  const whole = {
    status: 200,
    headers: [],
    body: Buffer.alloc(0),
    tags: [],
    vary: [],
    lifeMs: Infinity,
    ...answer,
  }
  return store.put(owner, key, whole, request) === undefined
}

async function readUsed(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc!()
    await nextTurn() // what finalizers let go of is collected by the next
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
