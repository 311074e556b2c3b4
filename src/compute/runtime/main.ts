import type { Buffer } from 'node:buffer'
import process from 'node:process'
import { type Assignment, FrameType, PROTOCOL_VERSION, readAssign, writeReady } from '../protocol/index.ts'
import { Dispatcher } from './dispatcher.ts'
import { enterEnvironment } from './environment.ts'
import type { Format } from './formats/format.ts'
import { createLambdaFormat } from './formats/lambda/index.ts'
import { createWebFormat } from './formats/web/index.ts'
import { captureConsole } from './globals/console.ts'
import { installGlobals } from './globals/index.ts'
import { connectServices } from './globals/services.ts'
import { installLastWords } from './last-words.ts'
import { Link } from './link.ts'
import { defer, exit } from './own-globals.ts'
import { toHeaderBlock } from './request-headers.ts'
import { currentRequest } from './scope.ts'
import { warmUp } from './warm-up.ts'

/**
 * The program inside every instance. It talks to the host over fd 3 only (docs/architecture.md#processes). It starts as a
 * blank, which says `ready`; `assign` makes it one function's, whose invocations follow; `drain` ends it after the last of
 * them, and the end of the connection at once.
 *
 * What user code sees is set up before the first of it is loaded, which happens at the first call.
 * Tested: test/compat/runtime (each kind of function), test/contract/instance.test.ts (the frames).
 */
let dispatcher: Dispatcher | undefined
let isDraining = false

const output = captureConsole(currentId)
const link = new Link(onFrame, () => exit(0))
link.hold()
installLastWords({ link, output, dispatcher: () => dispatcher })
writeReady(link.writer, { protocolVersion: PROTOCOL_VERSION, nodeVersion: process.versions.node })
// Said first and done then: what a blank loads ahead no call has to wait for.
defer(() =>
  defer(() => {
    installGlobals()
    if (dispatcher === undefined) void warmUp() // cannot fail: it touches nothing but Node itself
  }),
)

function onFrame(type: number, id: number, payload: Buffer): void {
  switch (type) {
    case FrameType.assign:
      return assign(readAssign(payload))
    case FrameType.ping:
      return link.writer.write(FrameType.pong, 0)
    case FrameType.drain:
      return drain()
    default:
      dispatcher?.onFrame(type, id, payload)
  }
}

function assign(assignment: Assignment): void {
  enterEnvironment(assignment)
  connectServices(assignment)
  installGlobals()
  const format = createFormat(assignment)
  dispatcher = new Dispatcher(link, {
    constantHeaders: toHeaderBlock(assignment.constantHeaders),
    isBackground: assignment.invocationMode === 'background',
    abortOnDisconnect: assignment.abortOnDisconnect,
    concurrency: assignment.concurrency ?? 1,
    run: (invocation) => format.run(invocation),
    onSettled(invocation) {
      output.flush(invocation.id)
      if (isDraining) endWhenIdle()
    },
  })
}

function createFormat(assignment: Assignment): Format {
  return assignment.format === 'web' ? createWebFormat(assignment) : createLambdaFormat(assignment)
}

/** Finishes what runs, starts nothing more, then ends. */
function drain(): void {
  isDraining = true
  dispatcher?.returnLine()
  endWhenIdle()
}

function endWhenIdle(): void {
  if (dispatcher === undefined || dispatcher.isIdle) exit(0)
}

/** Whose line is being logged. Code outside of any request belongs to the only open invocation, if there is one. */
function currentId(): number {
  const request = currentRequest()
  if (request === undefined) return dispatcher?.onlyId ?? 0
  return request.isOpen ? request.id : 0
}
