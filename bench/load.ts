import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface LoadRequest {
  url: string
  method: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

export interface LoadResult {
  requests: number
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers that are not 2xx or 3xx, broken connections, timeouts. */
  errors: number
}

/** Loads a server from a process of its own. */
export interface LoadTool {
  /** For the table's heading: name, version, and what to know about it. */
  name: string
  load(request: LoadRequest, connections: number, seconds: number): Promise<LoadResult>
}

/** wrk where it is installed: written in C, it takes the least from the server on a small machine. */
export function findLoadTool(): LoadTool {
  const { stdout, error } = spawnSync('wrk', ['-v'], { encoding: 'utf8' })
  if (error !== undefined) return autocannon
  return { name: `wrk ${/wrk (?:debian\/)?([\d.]+)/.exec(stdout)?.[1] ?? ''}`.trim(), load: loadWithWrk }
}

async function loadWithWrk(request: LoadRequest, connections: number, seconds: number): Promise<LoadResult> {
  return inFolder(async (folder) => {
    const script = join(folder, 'request.lua')
    writeFileSync(script, formatLua(request))
    const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script, request.url]
    const { stdout } = await run('wrk', args)
    const result = /^RESULT (.*)$/m.exec(stdout)?.[1]
    if (result === undefined) throw new Error(`wrk printed no result: ${stdout}`)
    const [requests, micros, p50, p99, errors] = result.split(' ').map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ]
    return { requests, perSecond: requests / (micros / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000, errors }
  })
}

function formatLua({ method, headers = {}, body }: LoadRequest): string {
  const assignments = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${lua(name)}] = ${lua(value)}`,
  )
  return `wrk.method = ${lua(method)}
${assignments.join('\n')}
${body === undefined ? '' : `wrk.body = ${lua(body)}`}
done = function(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`
}

/** Lua reads the escapes of a JSON string that holds printable ASCII only. */
function lua(text: string): string {
  return JSON.stringify(text)
}

const autocannon: LoadTool = {
  name: 'autocannon (wrk is not installed: a heavier client, latencies in whole ms)',
  async load({ url, method, headers = {}, body }, connections, seconds) {
    return inFolder(async (folder) => {
      const args = ['--json', '-c', String(connections), '-d', String(seconds), '-m', method]
      for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`)
      if (body !== undefined) {
        const file = join(folder, 'body')
        writeFileSync(file, body)
        args.push('-i', file)
      }
      const program = fileURLToPath(new URL('../node_modules/autocannon/autocannon.js', import.meta.url))
      const { stdout } = await run(process.execPath, [program, ...args, url], { maxBuffer: 16 * 1024 * 1024 })
      const report = JSON.parse(stdout) as AutocannonReport
      const requests = report['2xx'] + report['3xx']
      return {
        requests,
        perSecond: requests / report.duration,
        p50Ms: report.latency.p50,
        p99Ms: report.latency.p99,
        errors: report.non2xx - report['3xx'] + report.errors + report.timeouts,
      }
    })
  },
}

interface AutocannonReport {
  duration: number
  latency: { p50: number; p99: number }
  '2xx': number
  '3xx': number
  non2xx: number
  errors: number
  timeouts: number
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
