import { createEventReader } from '../../../lambda/index.ts'
import type { Assignment } from '../../../protocol/index.ts'
import type { Invocation } from '../../invocation.ts'
import { requestScope } from '../../scope.ts'
import { UserModule } from '../../user-module.ts'
import type { Format } from '../format.ts'
import { installAwsLambda, isStreaming } from './aws-lambda.ts'
import { callHandler } from './call.ts'
import { describeProcess } from './context.ts'
import { findHandler, type LambdaHandler, toLoadFailure } from './handler.ts'
import { callStreamingHandler } from './streaming.ts'

/** The Lambda format: `(event, context, callback)` (runtime.md §10). */
export function createLambdaFormat(assignment: Assignment): Format {
  installAwsLambda() // before the import: `stream()` uses it while the module is evaluated
  const readEvent = createEventReader(assignment)
  const facts = describeProcess(assignment)
  const module = new UserModule(assignment.entryPath, findHandler)

  function run(invocation: Invocation): void {
    const { loaded } = module
    if (loaded !== undefined) return start(loaded.value, invocation)
    module.load().then(
      (handler) => start(handler, invocation),
      (error: unknown) => invocation.failWith(toLoadFailure(error)),
    )
  }

  function start(handler: LambdaHandler, invocation: Invocation): void {
    const call = isStreaming(handler) ? callStreamingHandler : callHandler
    requestScope.run(invocation, () =>
      call(handler, readEvent(invocation.call, invocation.headers), invocation, {
        ...facts,
        limitBytes: assignment.maxBufferedResponseBytes,
      }),
    )
  }

  return { run }
}
