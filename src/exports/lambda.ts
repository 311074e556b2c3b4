import type { PipelineSource } from 'node:stream'

/** The first argument of an export `handler`. */
export interface HandlerEvent {
  /** The URL as the client asked for it. */
  rawUrl: string
  /** Its query, without `?`. */
  rawQuery: string
  /** Its path, not decoded. */
  path: string
  httpMethod: string
  /** Names lower-case; several values of one name joined with `, `. */
  headers: Record<string, string | undefined>
  multiValueHeaders: Record<string, string[] | undefined>
  /** Decoded; several values of one name joined with `, `. */
  queryStringParameters: Record<string, string | undefined> | null
  multiValueQueryStringParameters: Record<string, string[] | undefined> | null
  body: string | null
  /** True for every content type that is not text, and when there is none. */
  isBase64Encoded: boolean
  /** Pattern of the matched route; undefined at the default URL. */
  route?: string
}

/** The second argument of an export `handler`. */
export interface HandlerContext {
  /** Whether the result of `callback` waits until nothing is left to do. */
  callbackWaitsForEmptyEventLoop: boolean
  functionName: string
  functionVersion: string
  invokedFunctionArn: string
  memoryLimitInMB: string
  awsRequestId: string
  logGroupName: string
  logStreamName: string
  identity?: Record<string, unknown>
  /** With a verified bearer token: `identity`, `user` and `custom`. */
  clientContext?: Record<string, unknown>
  getRemainingTimeInMillis(): number
  /** @deprecated Return a promise. */
  done(error?: Error, result?: unknown): void
  /** @deprecated Return a promise that is rejected. */
  fail(error: Error | string): void
  /** @deprecated Return a promise. */
  succeed(message: unknown): void
  /** @deprecated Return a promise. */
  succeed(message: string, result: unknown): void
}

type HeaderValue = boolean | number | string

/** What an export `handler` answers with. */
export interface HandlerResponse {
  statusCode: number
  headers?: Record<string, HeaderValue>
  /** A name that is in `headers` too is taken from here. */
  multiValueHeaders?: Record<string, readonly HeaderValue[]>
  body?: string
  /** `body` stands for bytes. */
  isBase64Encoded?: boolean
}

export interface BuilderResponse extends HandlerResponse {
  /** Seconds that the answer is kept; until the next deploy when absent. */
  ttl?: number
}

export interface StreamingResponse extends Omit<HandlerResponse, 'body'> {
  body?: string | PipelineSource<unknown>
}

export type HandlerCallback<Answer extends HandlerResponse = HandlerResponse> = (
  error: unknown,
  response: Answer,
) => void

type AnyHandler<Answer extends HandlerResponse> = (
  event: HandlerEvent,
  context: HandlerContext,
  callback?: HandlerCallback<Answer>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler with a callback returns nothing
) => void | Promise<Answer>

export type Handler = AnyHandler<HandlerResponse>
export type BuilderHandler = AnyHandler<BuilderResponse>
export type BackgroundHandler = (event: HandlerEvent, context: HandlerContext) => void | Promise<void>
export type StreamingHandler = (event: HandlerEvent, context: HandlerContext) => Promise<StreamingResponse>
