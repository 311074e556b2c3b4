import { expect, it } from 'vitest'
import type { GatewayRequest, Step, StepOutcome } from './request.ts'
import { runSteps, STEPS } from './steps.ts'

/** Runs steps with these outcomes. @returns the path that each of them saw. */
function run(...outcomes: StepOutcome[]): string[] {
  const seen: string[] = []
  const steps = outcomes.map(
    (outcome): Step =>
      ({ path }) => {
        seen.push(path)
        return outcome
      },
  )
  runSteps({ path: '/a' } as GatewayRequest, steps)
  return seen
}

it('the first step that answers is the last that is asked', () => {
  expect(run('pass', 'answer', 'answer')).toEqual(['/a', '/a'])
})

it('behind a rewrite another path is looked up', () => {
  expect(run('pass', { rewrite: '/b' }, 'pass', 'answer')).toEqual(['/a', '/a', '/b', '/b'])
})

it('no request is without an answer', () => {
  expect(() => run('pass', { rewrite: '/b' })).toThrow('no step answers /b')
})

it('the list in its order (runtime.md §14)', () => {
  expect(STEPS.map(({ name }) => name)).toEqual([
    'refuseWhileDraining',
    'refuseDoubleSlash',
    'findFunction',
    'refusePrivate',
    'answerFromBuilders',
    'callFunction',
    'answerStatic',
    'answerNotFound',
  ])
})
