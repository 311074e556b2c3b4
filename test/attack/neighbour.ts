import { Agent, request } from 'node:http'
import type { Roost } from '../helpers/roost.ts'
import { pause } from '../helpers/wait.ts'

/** What became of the neighbour's requests. */
export interface NeighbourReport {
  requests: number
  /** What failed, in words; the first of them. */
  failures: string[]
  failed: number
  /** Latency in ms. */
  p50: number
  p99: number
}

const KINDS = ['get', 'post', 'file', 'blob'] as const
type Kind = (typeof KINDS)[number]
/** Requests of each kind. */
const PER_SECOND = 10
const MAX_FAILURES = 10
/** Longer than any wait that the host allows itself: who is not answered by then has been forgotten. */
const ANSWER_MS = 30_000

/** Innocent requests of every kind at an even pace, each of which has to be answered with what it asked for. */
export async function visitAsNeighbour(roost: Roost, signal: AbortSignal): Promise<NeighbourReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const latencies: number[] = []
  const failures: string[] = []
  const pending = new Set<Promise<void>>()
  for (let nth = 0; !signal.aborted; nth++) {
    for (const kind of KINDS) {
      const startedMs = performance.now()
      const visit = ask(agent, roost.url, kind, `${kind}-${nth % 100}`)
        .catch((error: Error) => `${kind}: ${error.message}`)
        .then((problem) => {
          latencies.push(performance.now() - startedMs)
          if (problem !== undefined) failures.push(problem)
          pending.delete(visit)
        })
      pending.add(visit)
    }
    await pause(1000 / PER_SECOND)
  }
  await Promise.all(pending)
  agent.destroy()
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  return {
    requests: latencies.length,
    failed: failures.length,
    failures: failures.slice(0, MAX_FAILURES),
    p50: at(0.5),
    p99: at(0.99),
  }
}

const PATHS: Record<Kind, string> = {
  get: '/.netlify/functions/innocent',
  post: '/.netlify/functions/innocent',
  file: '/file.txt',
  blob: '/.netlify/functions/keeper',
}

/** @returns what is wrong with the answer. */
function ask(agent: Agent, url: string, kind: Kind, text: string): Promise<string | undefined> {
  const expected = { get: 'innocent', post: text, file: 'a file\n', blob: text }[kind]
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const call = request(
    `${url}${PATHS[kind]}?key=${text}`,
    { agent, method: kind === 'post' ? 'POST' : 'GET' },
    (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        body += piece
      })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode, headers } = response
        const isGood = statusCode === 200 && body === expected
        resolve(
          isGood
            ? undefined
            : `${kind}: ${statusCode} ${headers['x-roost-error'] ?? ''} ${body.slice(0, 200)}`,
        )
      })
    },
  )
  call.setTimeout(ANSWER_MS, () => call.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
  call.on('error', reject)
  call.end(kind === 'post' ? text : undefined)
  return promise
}
