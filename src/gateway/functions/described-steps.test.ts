import { expect, it } from 'vitest'
import { DESCRIBED_STEPS, DESCRIPTIONS, HARMLESS } from './described-steps.ts'
import { STEPS } from './steps.ts'

it('each step is one that changes nothing, or has one that says what it would do', () => {
  const told = [...HARMLESS, ...DESCRIPTIONS.keys()].map(({ name }) => name)
  expect(told.toSorted()).toEqual(STEPS.map(({ name }) => name).toSorted())
  expect(DESCRIBED_STEPS).toHaveLength(STEPS.length)
})
