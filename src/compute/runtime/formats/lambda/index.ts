import type { Assignment } from '../../../protocol/index.ts'
import type { Format } from '../format.ts'

export function createLambdaFormat(_assignment: Assignment): Format {
  return { run: (invocation) => invocation.fail(new Error('later'), 'load') }
}
