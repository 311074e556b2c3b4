import { expect, it } from 'vitest'
import type { GatewayRequest, Step, StepOutcome } from './request.ts'
import { runSteps, STEPS } from './steps.ts'

interface Run {
  /** Places of the steps that were asked. */
  asked: number[]
  crashed: unknown[]
}

/** Asks the steps that play `outcomes`, for a client that is there until `leave` is called. */
function run(outcomes: readonly StepOutcome[], own: Partial<GatewayRequest> = {}): Run {
  const asked: number[] = []
  const crashed: unknown[] = []
  const reply = { isOver: false, crash: (error: unknown) => crashed.push(error) }
  const request = { path: '/a', reply, ...own } as unknown as GatewayRequest
  const steps = outcomes.map(
    (outcome, place): Step =>
      () => {
        asked.push(place)
        return outcome
      },
  )
  runSteps(request, steps)
  return { asked, crashed }
}

it('the first step that answers is the last that is asked', () => {
  expect(run(['pass', 'answer', 'answer']).asked).toEqual([0, 1])
})

it('steps behind one that waits are asked when it is done', async () => {
  const until = Promise.withResolvers<'pass'>()
  const { asked } = run(['pass', { until: until.promise }, 'pass', 'answer'])
  expect(asked).toEqual([0, 1])
  until.resolve('pass')
  await expect.poll(() => asked).toEqual([0, 1, 2, 3])
})

it('nothing is asked any more for a client that has left meanwhile', async () => {
  const until = Promise.resolve('pass' as const)
  const reply = { isOver: true } as GatewayRequest['reply']
  const { asked } = run([{ until }, 'answer'], { reply })
  await until
  await new Promise(setImmediate)
  expect(asked).toEqual([0])
})

it('what goes wrong while a step waits is told to the client as our own mistake', async () => {
  const error = new Error('no')
  const { asked, crashed } = run([{ until: Promise.reject(error) }, 'answer'])
  await expect.poll(() => crashed).toEqual([error])
  expect(asked).toEqual([0])
})

it('a list of which no step answers is a mistake of ours', () => {
  expect(() => run(['pass', 'pass'])).toThrow('no step answers /a')
})

it('the last step of the gateway answers everything', () => {
  expect(STEPS.at(-1)!.name).toBe('answerNotFound')
})
