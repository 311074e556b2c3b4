import type { LogFields } from '../../base/log/index.ts'
import type { BuildOptions, BuildResult } from '../pipeline/index.ts'
import type { flatten, SentError } from './errors.ts'

/** To the child: build this. One at a time; the child answers `done` or `failed` once. */
export interface BuildRequest {
  type: 'build'
  options: BuildOptions
}

/** From the child. Everything is JSON. */
export type BuildReply =
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; fields: LogFields; message?: string }
  | { type: 'done'; result: SentResult }
  | { type: 'failed'; error: SentError }

export type SentResult = Omit<BuildResult, 'errors'> & { errors: ReturnType<typeof flatten>[] }
