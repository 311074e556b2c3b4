export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** Codes of Netlify's regions. Roost runs a function where Roost runs. */
export type FunctionRegion =
  | 'cmh'
  | 'dub'
  | 'fra'
  | 'gru'
  | 'iad'
  | 'lhr'
  | 'nrt'
  | 'pdx'
  | 'sfo'
  | 'sin'
  | 'syd'
  | 'yul'

type RateLimitAggregator = 'domain' | 'ip'

export interface RateLimitConfig {
  /** What happens to a request over the limit: 429, or another path is served. */
  action?: 'rate_limit' | 'rewrite'
  /** What counts as one client. */
  aggregateBy?: RateLimitAggregator | RateLimitAggregator[]
  /** The path served by `rewrite`. */
  to?: string
  /** Seconds, at most 180. */
  windowSize: number
  /** Requests in one window. */
  windowLimit: number
}

type Path = `/${string}`

interface CommonConfig {
  /** The caller is answered 202 at once; the result is ignored. */
  background?: boolean
  /** Name and version of the framework that made the function. */
  generator?: string
  /** All methods by default. */
  method?: HttpMethod | HttpMethod[]
  /** A static file at the URL goes before the function. */
  preferStatic?: boolean
  rateLimit?: RateLimitConfig
  region?: FunctionRegion
}

interface RoutedConfig extends CommonConfig {
  /** URL patterns that the function answers; its default URL then answers no longer. */
  path?: Path | Path[]
  /** URL patterns that it does not answer all the same. */
  excludedPath?: Path | Path[]
  schedule?: never
}

interface ScheduledConfig extends CommonConfig {
  /** Cron text: five fields, UTC, or `@hourly` and the like. */
  schedule: string
  path?: never
  excludedPath?: never
}

type Size =
  | {
      /** Megabytes, or text such as `2gb`. */
      memory?: number | string
      vcpu?: never
    }
  | { vcpu?: number; memory?: never }

/** The export `config` of a function. It is read when the project is built: write plain values. */
export type Config = (RoutedConfig | ScheduledConfig) & Size
