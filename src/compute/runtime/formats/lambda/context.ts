import process from 'node:process'
import { type ClientContext, toClientContext } from '../../../lambda/index.ts'
import type { Assignment } from '../../../protocol/index.ts'
import { monotonicNow } from '../../clock.ts'
import { readIdentity } from '../../globals/identity.ts'
import type { Invocation } from '../../invocation.ts'
import { randomUuid } from './random-uuid.ts'

/** What is the same for every call in this process. */
export interface ProcessFacts {
  functionName: string
  memoryMb: number
  logGroupName: string
  logStreamName: string
}

export function describeProcess({ functionName, memoryMb, env }: Assignment): ProcessFacts {
  return {
    functionName,
    memoryMb,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME ?? functionName,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? randomUuid(),
  }
}

/** How a handler can finish by way of its context: at once, without waiting for the event loop. */
export interface Finish {
  succeed(result: unknown): void
  fail(error: unknown): void
}

/** The second argument of a Lambda handler (runtime.md §10.3). */
export interface LambdaContext extends Finish {
  callbackWaitsForEmptyEventLoop: boolean
  functionName: string
  functionVersion: string
  invokedFunctionArn: string
  memoryLimitInMB: string
  awsRequestId: string
  logGroupName: string
  logStreamName: string
  identity: null
  clientContext: ClientContext
  getRemainingTimeInMillis(): number
  done(error?: unknown, result?: unknown): void
}

export function createLambdaContext(
  invocation: Invocation,
  facts: ProcessFacts,
  { succeed, fail }: Finish,
): LambdaContext {
  const { functionName, memoryMb, logGroupName, logStreamName } = facts
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: randomUuid(),
    logGroupName,
    logStreamName,
    identity: null,
    clientContext: invocation.isBackground
      ? {}
      : toClientContext(readIdentity(invocation.headers), process.env.URL),
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(invocation.call.deadlineMs - monotonicNow())),
    done(error, result) {
      if (error === undefined || error === null) succeed(result)
      else fail(error)
    },
    succeed,
    fail,
  }
}
