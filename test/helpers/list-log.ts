import type { Log, LogFields } from '../../src/base/log/index.ts'

export type LogLine = LogFields & { level: string; message: string | undefined }

/** Keeps what is logged. */
export function createListLog(list: LogLine[]): Log {
  const at =
    (level: string) =>
    (fields: LogFields, message?: string): void => {
      list.push({ ...fields, level, message })
    }
  const log: Log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  }
  return log
}

/** Keeps nothing. */
export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT_LOG,
}
