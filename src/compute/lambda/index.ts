// What the Lambda convention looks like on the outside: both programs need it, the runtime for JavaScript functions, the
// host for programs that speak the Lambda runtime API.
export {
  type ClientContext,
  type IdentityInfo,
  readIdentityInfo,
  toClientContext,
} from './client-context.ts'
export { createEventReader, type LambdaEvent } from './event.ts'
export {
  BUILDER_HEADER,
  checkResult,
  InvalidResult,
  type LambdaResult,
  type ReadResult,
  ResponseSizeTooLarge,
  readHeaders,
  readResult,
  readStatus,
} from './result.ts'
export { isTextType } from './text-type.ts'
