import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What one answered request adds. */
export interface FinishedRequest {
  functionName: string
  /** Undefined: the client went away before anything was sent. The series says `none`. */
  status: number | undefined
  /** The error code, or `succeeded`, or `disconnected`. */
  outcome: string
  durationMs: number
}

/** What is read at the moment of a scrape. */
export interface Readings {
  instances: number
  busy: number
  starting: number
  waiting: number
  blanks: number
  connections: number
  /** Since the beginning: lines of the log that could not be written. */
  lostLogLines: number
}

/** The numbers of one host, in Prometheus' form. */
export interface Metrics {
  onRequest(request: FinishedRequest): void
  onInstanceExit(functionName: string, reason: string): void
  /** Something that was refused before it was a request, by error code. */
  onRefusal(code: string): void
  /** The text of `/metrics`. */
  scrape(): Promise<string>
  readonly contentType: string
}

/** From a hello of a warm instance to the longest synchronous call, in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createMetrics(read: () => Readings): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'roost_requests_total',
    help: 'Requests answered.',
    labelNames: ['function', 'status', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'roost_request_duration_seconds',
    help: 'Time from the end of the request head to the end of the response.',
    labelNames: ['function'],
    buckets: DURATION_BUCKETS,
    registers,
  })
  const exits = new Counter({
    name: 'roost_instance_exits_total',
    help: 'Instances that ended.',
    labelNames: ['function', 'reason'],
    registers,
  })
  const refused = new Counter({
    name: 'roost_refusals_total',
    help: 'Connections and request heads that were rejected before they became a request.',
    labelNames: ['code'],
    registers,
  })
  new Counter({
    name: 'roost_log_lines_lost_total',
    help: 'Log lines that were dropped.',
    registers,
    collect() {
      this.reset()
      this.inc(read().lostLogLines)
    },
  })
  for (const [name, help] of Object.entries(GAUGES) as [Gauged, string][])
    new Gauge({
      name: `roost_${name}`,
      help,
      registers,
      collect() {
        this.set(read()[name])
      },
    })
  return {
    onRequest({ functionName, status, outcome, durationMs }) {
      requests.inc({ function: functionName, status: status ?? 'none', outcome })
      durations.observe({ function: functionName }, durationMs / 1000)
    },
    onInstanceExit: (functionName, reason) => exits.inc({ function: functionName, reason }),
    onRefusal: (code) => refused.inc({ code }),
    scrape: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

type Gauged = Exclude<keyof Readings, 'lostLogLines'>

const GAUGES: Record<Gauged, string> = {
  instances: 'Instances, including those that are starting.',
  busy: 'Instances that run an invocation.',
  starting: 'Instances that are not ready yet.',
  waiting: 'Requests queued for an instance.',
  blanks: 'Blanks that are ready.',
  connections: 'Open client connections.',
}
