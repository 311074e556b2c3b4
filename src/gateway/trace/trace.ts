/**
 * What the steps say of one request while they look at it (D110): a line for each station, why it took the request or
 * let it pass. Requests have no trace in production; in development each has one, for the page of what is not found,
 * and `roost why` asks for one.
 *
 * Text of users' files and of the client stands in it as it is: whoever shows it escapes it.
 */
export class Trace {
  readonly steps: TraceStep[] = []
  /** Near misses beyond `MAX_PASSED`. */
  omitted = 0
  /** Where the request arrived, unless the response says it better: a redirect, a refusal. */
  target: TraceTarget | undefined
  #passed = 0

  /** This station looked at the request and leaves it to those behind it. Said once: a file is looked at by more names than one. */
  passed(stage: Stage, why: string, more?: StepDetails): void {
    const isRepeated =
      more === undefined && this.steps.some((step) => step.stage === stage && step.why === why)
    if (isRepeated) return
    if (this.#passed === MAX_PASSED) this.omitted++
    else {
      this.#passed++
      this.steps.push({ stage, result: 'passed', ...more, why })
    }
  }

  /** It found or changed something, and those behind it go on with that. */
  applied(stage: Stage, why: string, more?: StepDetails): void {
    this.steps.push({ stage, result: 'applied', ...more, why })
  }

  /** It answers. */
  answered(stage: Stage, why: string, more?: StepDetails): void {
    this.steps.push({ stage, result: 'answered', ...more, why })
  }

  /** The last thing it hears. @param name of the step that answers, for one that has not said so itself. */
  end(name: string): void {
    if (this.steps.some(({ result }) => result === 'answered')) return
    this.answered('host', `answered by ${name}`)
  }
}

/** A site may have thousands of rules for one path. */
const MAX_PASSED = 100

export type Stage =
  | 'host'
  | 'password'
  | 'function'
  | 'rule'
  | 'limit'
  | 'access'
  | 'cache'
  | 'proxy'
  | 'file'
  | 'form'
  | 'headers'
  | 'not found'

export interface StepDetails {
  /** What is spoken of, as its author wrote it: `/old/* /new/:splat 301`, `/api/:id` of a function, `about.html`. */
  readonly rule?: string
  /** Where that stands: `_redirects:3`. */
  readonly source?: string
  /** What names of the rule stand for. */
  readonly values?: Readonly<Record<string, string>>
}

/** In the order in which they happened. */
export interface TraceStep extends StepDetails {
  readonly stage: Stage
  readonly result: 'passed' | 'applied' | 'answered'
  /** A clause for a person. */
  readonly why: string
}

/** What a request leads to. */
export type TraceTarget =
  /** @property route undefined: its default URL. */
  | { readonly kind: 'function'; readonly name: string; readonly route?: string }
  /** @property file below the publish directory, with a leading slash. */
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'proxy'; readonly url: string; readonly headers: readonly (readonly [string, string])[] }
  /** A form that is posted to a page: the functions that run for it. */
  | { readonly kind: 'form'; readonly functions: readonly string[] }
  /** A response that is kept: of a builder, or of the shared cache. */
  | { readonly kind: 'kept' }
  /** @property file the site's own page. */
  | { readonly kind: 'not-found'; readonly file?: string }
  /** Roost's own response. */
  | { readonly kind: 'refusal'; readonly code: string }

/** What `roost why --json` prints (docs/reference/why.md). Fields may be added; `version` changes when one does otherwise. */
export interface Explanation {
  readonly version: 1
  readonly request: { readonly method: string; readonly url: string; readonly country?: string }
  readonly steps: readonly TraceStep[]
  /** How many near misses are left out. */
  readonly omitted: number
  readonly target: TraceTarget
  readonly response: {
    /** Null: the function or the other server decides. */
    readonly status: number | null
    /** Those that Roost itself adds, without those that differ each time. */
    readonly headers: readonly (readonly [name: string, value: string])[]
  }
}
