import { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { sampleCall } from '../../../test/helpers/played-process.ts'
import { sampleAssignment } from '../../../test/helpers/sample-assignment.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { FrameReader, FrameType, FrameWriter, writeAssign, writeInvoke } from '../protocol/index.ts'
import { Invocations, type NextInvocation } from './invocations.ts'

/** The host's end of a program's invocations. */
function start() {
  const heard: [type: number, id: number][] = []
  const reader = new FrameReader('instance', (type, id) => heard.push([type, id]))
  const control = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      reader.push(bytes)
      done()
    },
  })
  const event = { body: Buffer.from('{}'), headers: {} } as unknown as NextInvocation
  const invocations = new Invocations({ control, translate: () => event, onDrain: () => undefined } as never)
  const writer = new FrameWriter((buffers) => {
    for (const buffer of buffers) control.push(buffer)
  })
  writeAssign(
    writer,
    sampleAssignment({ functionName: 'program', entryPath: '/code/bootstrap', rootPath: '/code' }),
  )
  return {
    heard,
    invocations,
    invoke: (id: number) => writeInvoke(writer, id, sampleCall(), undefined, undefined, true),
  }
}

it('a program that hangs up and asks again in one turn does not end the invocation that it is given', async () => {
  const { heard, invocations, invoke } = start()
  const given: NextInvocation[] = []
  const give = (next: NextInvocation) => given.push(next)
  invocations.next(give)
  invoke(1)
  await waitFor('the first invocation', () => given.length === 1)
  invocations.find(given[0]!.requestId)!.answer.open(200, [])
  invocations.find(given[0]!.requestId)!.answer.close()
  invoke(2)
  await new Promise(setImmediate)

  const dropped = () => undefined
  expect(invocations.next(dropped)).toBe(true)
  invocations.forgetNext(dropped)
  expect(invocations.next(give)).toBe(true)
  await waitFor('the second invocation', () => given.length === 2)
  await new Promise(setImmediate)
  expect(invocations.find(given[1]!.requestId)?.answer.state).toBe('waiting')
  expect(heard.filter(([type, id]) => type === FrameType.settled && id === 2)).toEqual([])
})
