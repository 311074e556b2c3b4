import type { CallError } from './call.ts'

/** A failed call as a line of the log: the same words whoever called. */
export function describeForLog({ code, failure, isOverLogRate }: CallError): {
  fields: Record<string, unknown>
  message: string
} {
  if (isOverLogRate)
    return { fields: { code }, message: 'The function failed, and logs faster than its limit: no details.' }
  const { errorType, errorMessage, trace } = failure
  return { fields: { code, errorType, trace }, message: `${errorType}: ${errorMessage}` }
}
