import type { RoostError } from '../../base/errors/index.ts'
import type { BuildWarning } from '../project/index.ts'
import type { InSourceConfig, InSourceKey } from './in-source-keys.ts'
import type { Place } from './report.ts'

/** What the main file of a function says about it, without having run. Plain data but for the errors. */
export interface SourceAnalysis {
  /** False: the file cannot be parsed at all; the rest is what Netlify assumes then. */
  isParsed: boolean
  /** 2 with a default export and without a handler marker (build.md §3.1). */
  runtimeApi: 1 | 2
  inputModuleFormat: 'esm' | 'cjs'
  /** Checked values of the `config` of a web-format function. */
  config: InSourceConfig
  /** Keys that stand in it, also those whose value could not be read: they erase lower layers (build.md §5.4). */
  present: InSourceKey[]
  /** Where the value of a dotted key of `config` stands: `path`, `path.1`. */
  places: Readonly<Record<string, Place>>
  eventSubscriptions: string[]
  /** The cron text given to the `schedule()` helper. */
  schedule?: string
  usesStreamHelper: boolean
  /** Why a `config` that is there was not read, as a whole or in part. */
  unread: UnreadConfig[]
  warnings: BuildWarning[]
  /** What works here and not on Netlify. */
  notes: BuildWarning[]
  errors: RoostError[]
}

export interface UnreadConfig extends Place {
  /** Dotted key; empty for the whole. */
  key: string
  /** The end of "since …". */
  reason: string
}
