import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { createListLog } from '../../../test/helpers/list-log.ts'
import type { FunctionMatch } from '../../artifact/routes/index.ts'
import { monotonicNow } from '../../base/lib/index.ts'
import { createHostMemory } from '../../base/memory/index.ts'
import { DEFAULT_LIMITS } from '../../base/settings/index.ts'
import type { CallError, CallHandle, CallObserver } from '../../compute/pool/index.ts'
import type { ResponseHead } from '../../compute/protocol/index.ts'
import { FormReader } from '../forms/index.ts'
import type { ConnectionSink, RequestBody, RequestHead, ResponseSink, SinkListener } from '../http/index.ts'
import { createRateLimiter } from '../limits/index.ts'
import { createProxy, createTargetPolicy } from '../proxy/index.ts'
import { CallIntake } from './call-function.ts'
import type { GatewayContext } from './context.ts'
import type { Deploy, Target } from './deploy.ts'
import { ANSWER_ARROWS, type FunctionAnswer } from './function-answer.ts'
import { CALL_ARROWS, CREDIT_ARROWS, FunctionCall, INTEREST_ARROWS } from './function-call.ts'
import { INTAKE_ARROWS, type Intake } from './intake.ts'
import { REPLY_ARROWS, Reply } from './reply.ts'
import type { GatewayRequest } from './request.ts'
import { RunningCalls } from './running-calls.ts'

describe('the drawing at the head of each part is the table that guards it', () => {
  it.each([
    ['reply.ts', [REPLY_ARROWS]],
    ['intake.ts', [INTAKE_ARROWS]],
    ['function-call.ts', [CALL_ARROWS, INTEREST_ARROWS, CREDIT_ARROWS]],
    ['function-answer.ts', [ANSWER_ARROWS]],
  ])('%s', (file, tables) => {
    expect(readDrawnArrows(new URL(file, import.meta.url))).toEqual(listArrows(...tables))
  })
})

const NOTHING = Buffer.alloc(0)
const PART = Buffer.from('part')

const ignore = (): undefined => undefined

/** The client's end, as a front plays it: it takes nothing more once it is `slow`. */
class Client implements ConnectionSink {
  state: ResponseSink['state'] = 'untouched'
  isSlow = false
  status = 0
  listener: SinkListener | undefined

  listen(listener: SinkListener): void {
    this.listener = listener
  }
  send(status: number): void {
    this.status = status
    this.state = 'ended'
  }
  start(status: number): boolean {
    this.status = status
    this.state = 'head'
    return !this.isSlow
  }
  write(): boolean {
    return !this.isSlow
  }
  end(): void {
    this.state = 'ended'
  }
  abort(): void {
    this.state = 'aborted'
  }
  switchProtocols(): Socket {
    this.state = 'ended'
    return new Socket()
  }
  leave(): void {
    this.state = 'aborted'
    this.listener!.onClose()
  }
}

interface Options {
  fn?: Partial<Target>
  deploy?: Partial<Deploy>
  gateway?: Partial<GatewayContext>
}

/** A request on its way, with a pool that the test plays. */
function arrange({ fn, deploy: ownDeploy, gateway: own }: Options = {}) {
  const client = new Client()
  const finished: string[] = []
  const answered: (string | undefined)[] = []
  const sent = { credit: 0, isCancelled: false }
  const handle: CallHandle = {
    isCold: true,
    credit: (bytes) => {
      sent.credit += bytes
    },
    cancel: () => {
      sent.isCancelled = true
    },
  }
  let observer: CallObserver | undefined
  const log = createListLog([])
  const limits = {
    ...DEFAULT_LIMITS,
    streamedResponseBytes: 10,
    bufferedResponseBytes: 10,
    hostBodyBytes: 20,
  }
  const memory = createHostMemory(limits, { clock: monotonicNow, log })
  const gateway: GatewayContext = {
    findSite: () => ({ deploy }),
    dispatch: (_version, _call, listener) => {
      observer = listener
      return handle
    },
    background: () => undefined,
    limits,
    trustedHops: 0,
    showTraces: false,
    onRefusal: undefined,
    onFinish: ({ outcome }) => finished.push(outcome),
    onAnswered: ({ note }) => answered.push(note),
    accessLog: 'off',
    clock: monotonicNow,
    log,
    newRequestId: () => 'ID',
    budget: memory.bodies,
    backlog: memory.answers,
    compression: undefined,
    forms: new FormReader(limits),
    running: new RunningCalls(),
    proxy: createProxy({
      policy: createTargetPolicy({ entries: [] }),
      ...{ maxConnections: 1, timeoutMs: 1000, stallMs: 1000, trustedHops: 0, budget: memory.bodies, log },
    }),
    rates: createRateLimiter({ maxKeys: 1, clock: monotonicNow }),
    isDraining: false,
    ...own,
  }
  const deploy = { id: 'deploy', mode: 'production', callers: {}, ...ownDeploy } as Deploy
  const head: RequestHead = {
    ...{ method: 'POST', target: '/', path: '/', query: '', host: 'a', scheme: 'http' },
    ...{ headers: ['authorization', 'x'], remoteAddress: '127.0.0.1', httpVersion: '1.1' },
  }
  const target = {
    ...{ name: 'fn', version: { id: 'fn', name: 'fn' }, isBackground: false, isBuffered: false },
    ...{ timeoutMs: 1000, maxBodyBytes: 10, ...fn },
  } as Target
  const match: FunctionMatch<Target> = {
    ...{ kind: 'function', fn: target, route: 0, params: '', isBuilderUrl: false },
  }
  const reply = new Reply(gateway, head, client)
  const body: RequestBody = {
    ...{ isEmpty: false, declaredBytes: undefined },
    ...{ collect: ignore, stream: ignore, pause: ignore, resume: ignore },
  }
  const request: GatewayRequest = {
    gateway,
    deploy,
    domain: undefined,
    head,
    body,
    reply,
    continueAfter: () => undefined,
    path: '/',
    query: '',
    cacheSince: 0,
    isProtected: false,
    rule: undefined,
    match,
    trace: undefined,
  }
  reply.record.beginFunction(deploy, target)
  return {
    client,
    reply,
    request,
    match,
    gateway,
    handle,
    sent,
    finished,
    answered,
    observer: () => observer!,
  }
}

function headOf(fields: Partial<ResponseHead> = {}): ResponseHead {
  return { status: 200, headers: [], isEnd: false, isSettled: false, body: NOTHING, ...fields }
}

const FAILURE: CallError = {
  code: 'FUNCTION_FAILED',
  failure: { errorType: 'Error', errorMessage: 'no', trace: [], phase: 'handler' },
}

describe('reply', () => {
  const opened = () => arrange().reply
  const streaming = () => {
    const reply = opened()
    reply.start(200, [], undefined, NOTHING)
    return reply
  }

  it('walks each of its arrows', () => {
    const walk = new Walk()
    const act = (reply: Reply, change: () => void) => walk.step(() => reply.state, change)
    for (const create of [opened, streaming])
      for (const end of ['abort', 'onClose'] as const) {
        const reply = create()
        act(reply, () => reply[end]())
      }
    const whole = opened()
    act(whole, () => whole.send(200, [], ''))
    const piecewise = opened()
    act(piecewise, () => piecewise.start(200, [], undefined, NOTHING))
    act(piecewise, () => piecewise.end())
    const other = opened()
    act(other, () => other.switchProtocols(['upgrade', 'x']))
    expect(walk.arrows).toEqual(listArrows(REPLY_ARROWS))
  })

  it.each<[string, (reply: Reply) => void]>([
    ['answered', (reply) => reply.send(200, [], '')],
    ['cut', (reply) => reply.abort()],
    ['gone', (reply) => reply.onClose()],
  ])('%s is the end: what comes then does nothing, and it is recorded once', (state, end) => {
    const { reply, client, answered } = arrange()
    end(reply)
    const status = client.status
    reply.send(500, [], '')
    reply.refuse('INTERNAL', '')
    expect([reply.start(500, [], undefined, PART), reply.write(PART)]).toEqual([false, false])
    reply.end()
    reply.abort()
    reply.onClose()
    expect([reply.state, client.status, answered.length]).toEqual([state, status, 1])
  })
})

describe('intake', () => {
  it('walks each of its arrows, and gives back what no call holds', () => {
    const walk = new Walk()
    const take = (change: (intake: Intake, client: Client) => void, hostBytes = 20) => {
      const { request, match, client, gateway, finished } = arrange()
      const intake = new CallIntake(request, match)
      gateway.budget.take(20 - hostBytes)
      walk.step(
        () => intake.state,
        () => change(intake, client),
      )
      intake.onBodyChunk(PART)
      intake.onBodyEnd()
      intake.onClose()
      return { gateway, finished, state: intake.state, status: client.status }
    }
    const whole = take((intake) => intake.onBodyEnd())
    expect([whole.state, whole.finished]).toEqual(['whole', []])
    const large = take((intake) => intake.onBodyChunk(Buffer.alloc(11)))
    expect([large.state, large.status, large.finished]).toEqual(['refused', 413, ['BODY_TOO_LARGE']])
    const full = take((intake) => intake.onBodyChunk(PART), 3)
    expect([full.state, full.status, full.finished]).toEqual(['refused', 503, ['HOST_BUSY']])
    expect(full.gateway.budget.usedBytes).toBe(17)
    const gone = take((_, client) => client.leave())
    expect([gone.state, gone.finished]).toEqual(['gone', ['disconnected']])
    expect(walk.arrows).toEqual(listArrows(INTAKE_ARROWS))
  })

  it('puts pieces together', () => {
    let body: Buffer | undefined
    const { request, match, handle } = arrange({
      gateway: {
        dispatch: (_version, call) => {
          body = call.body
          return handle
        },
      },
    })
    const intake = new CallIntake(request, match)
    for (const piece of ['a', '', 'bc', 'd']) intake.onBodyChunk(Buffer.from(piece))
    intake.onBodyEnd()
    expect(body?.toString()).toBe('abcd')
  })
})

describe('call', () => {
  const walked = { call: new Walk(), interest: new Walk(), credit: new Walk() }
  const act = (call: FunctionCall, change: () => void): void => {
    const steps = (Object.keys(walked) as (keyof typeof walked)[]).reduceRight<() => void>(
      (inner, machine) => () => walked[machine].step(() => call.states[machine], inner),
      change,
    )
    steps()
  }

  it('preparing → running → settled: the pool has it until it says so', () => {
    const { request, match, gateway, observer, finished, client } = arrange()
    gateway.budget.take(4)
    const call = new FunctionCall(request, match, 4)
    act(call, () => call.run(PART))
    expect(gateway.running.find('ID')).toBe(call)
    observer().onHead(headOf({ isEnd: true }))
    observer().onEnd()
    expect([client.status, gateway.budget.usedBytes, finished]).toEqual([200, 4, []])
    act(call, () => observer().onSettled())
    observer().onSettled()
    expect([gateway.running.size, gateway.budget.usedBytes, finished]).toEqual([0, 0, ['succeeded']])
  })

  it.each<[string, Options, number]>([
    ['a background run', { fn: { isBackground: true } }, 202],
    [
      'a pool that throws',
      {
        gateway: {
          dispatch: () => {
            throw new Error('no')
          },
        },
      },
      500,
    ],
  ])('is settled without the pool: %s', (_title, options, status) => {
    const { request, match, finished, client } = arrange(options)
    const call = new FunctionCall(request, match, 0)
    act(call, () => call.run(undefined))
    expect([call.states.call, client.status, finished.length]).toEqual(['settled', status, 1])
  })

  it('a background run that is taken over later, or not', async () => {
    for (const isTaken of [true, false]) {
      const taken = Promise.withResolvers<void>()
      const { request, match, client } = arrange({
        fn: { isBackground: true },
        gateway: { background: () => taken.promise },
      })
      const call = new FunctionCall(request, match, 0)
      act(call, () => call.run(undefined))
      expect(call.states.call).toBe('preparing')
      if (isTaken) taken.resolve()
      else taken.reject(new Error('no'))
      await taken.promise.catch(() => undefined)
      await Promise.resolve()
      expect([call.states.call, client.status]).toEqual(['settled', isTaken ? 202 : 500])
      if (isTaken) act(call, () => call.onSettled())
    }
  })

  it('wanted → cancelled: the function hears it, also when there is no handle yet', () => {
    const { request, match, client, sent, handle } = arrange({
      gateway: {
        dispatch: () => {
          act(call, () => client.leave())
          return handle
        },
      },
    })
    const call = new FunctionCall(request, match, 0)
    call.run(undefined)
    expect([call.states.interest, sent.isCancelled]).toEqual(['cancelled', true])
  })

  it('a client that leaves while its identity is looked up: the call is finished when the pool says so, once', async () => {
    const identity = Promise.withResolvers<string>()
    const { request, match, client, sent, gateway, observer, finished } = arrange({
      deploy: { callers: { identity: () => identity.promise } },
    })
    gateway.budget.take(4)
    const call = new FunctionCall(request, match, 4)
    act(call, () => call.run(PART))
    act(call, () => client.leave())
    expect([call.states.call, gateway.budget.usedBytes]).toEqual(['preparing', 4])
    identity.resolve('')
    await identity.promise
    expect([gateway.running.size, sent.isCancelled, finished]).toEqual([1, true, []])
    act(call, () => observer().onSettled())
    expect([gateway.running.size, gateway.budget.usedBytes, finished]).toEqual([0, 0, ['disconnected']])
  })

  it('flowing ⇄ stalled: the function is granted what the client takes', () => {
    const { request, match, client, observer, sent } = arrange()
    const call = new FunctionCall(request, match, 0)
    call.run(undefined)
    observer().onHead(headOf())
    client.isSlow = true
    act(call, () => observer().onChunk(PART))
    observer().onChunk(PART)
    expect([call.states.credit, sent.credit]).toEqual(['stalled', 0])
    act(call, () => client.listener!.onDrain())
    expect([call.states.credit, sent.credit]).toEqual(['flowing', 8])
  })

  it('has walked each of its arrows', () => {
    expect(walked.call.arrows).toEqual(listArrows(CALL_ARROWS))
    expect(walked.interest.arrows).toEqual(listArrows(INTEREST_ARROWS))
    expect(walked.credit.arrows).toEqual(listArrows(CREDIT_ARROWS))
  })
})

describe('answer', () => {
  const walk = new Walk()
  const run = (options: Options = {}) => {
    const arranged = arrange(options)
    new FunctionCall(arranged.request, arranged.match, 0).run(undefined)
    const answer = arranged.observer() as FunctionAnswer
    const act = (change: () => void) => walk.step(() => answer.state, change)
    return { ...arranged, answer, act }
  }
  const BUFFERED: Options = { fn: { isBuffered: true } }

  it.each<[string, (answer: FunctionAnswer, client: Client) => void, number]>([
    ['whole', (answer) => answer.onHead(headOf({ isEnd: true })), 200],
    ['without a body', (answer) => answer.onHead(headOf({ status: 204 })), 204],
    ['not to be passed on', (answer) => answer.onHead(headOf({ status: 99 })), 502],
    ['failed', (answer) => answer.onError(FAILURE), 502],
    ['not wanted any more', (_, client) => client.leave(), 0],
  ])('awaited → over: %s', (_title, change, status) => {
    const { answer, act, client } = run()
    act(() => change(answer, client))
    expect([answer.state, client.status]).toEqual(['over', status])
  })

  it.each<[string, (answer: FunctionAnswer, client: Client) => void, number]>([
    ['whole', (answer) => answer.onEnd(), 200],
    ['too large', (answer) => answer.onChunk(Buffer.alloc(7)), 502],
    ['failed', (answer) => answer.onError(FAILURE), 502],
    ['not wanted any more', (_, client) => client.leave(), 0],
  ])('awaited → gathering → over: %s', (_title, change, status) => {
    const { answer, act, client, gateway } = run(BUFFERED)
    act(() => answer.onHead(headOf({ body: PART })))
    expect([answer.state, gateway.backlog.bytes]).toEqual(['gathering', 4])
    act(() => change(answer, client))
    expect([answer.state, client.status, gateway.backlog.bytes]).toEqual(['over', status, 0])
  })

  it('gathering → over: no room beside the answers of others', () => {
    const { answer, act, client, gateway, sent } = run(BUFFERED)
    act(() => answer.onHead(headOf()))
    gateway.backlog.take(gateway.limits.hostAnswerBytes)
    act(() => answer.onChunk(PART))
    expect([answer.state, client.status, sent.isCancelled]).toEqual(['over', 503, true])
  })

  it.each<[string, (answer: FunctionAnswer, client: Client) => void, string]>([
    ['its end', (answer) => answer.onEnd(), 'answered'],
    ['too large', (answer) => answer.onChunk(Buffer.alloc(11)), 'cut'],
    ['failed', (answer) => answer.onError(FAILURE), 'cut'],
    ['not wanted any more', (_, client) => client.leave(), 'gone'],
  ])('awaited → streaming → over: %s', (_title, change, state) => {
    const { answer, act, client, reply } = run()
    act(() => answer.onHead(headOf()))
    expect(answer.state).toBe('streaming')
    act(() => change(answer, client))
    expect([answer.state, reply.state]).toEqual(['over', state])
  })

  it('over is the end: what comes then does nothing', () => {
    const { answer, client, finished, answered } = run()
    answer.onError(FAILURE)
    answer.onHead(headOf({ isEnd: true }))
    answer.onChunk(PART)
    answer.onEnd()
    answer.onError(FAILURE)
    client.leave()
    answer.onSettled()
    expect([client.status, answered, finished]).toEqual([502, ['FUNCTION_FAILED'], ['FUNCTION_FAILED']])
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(ANSWER_ARROWS)))
})
