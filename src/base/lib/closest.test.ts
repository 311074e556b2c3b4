import { describe, expect, it } from 'vitest'
import { findClosest, suggest } from './closest.ts'

const KEYS = ['included_files', 'external_node_modules', 'memory', 'path', 'vcpu', 'region']

describe('findClosest', () => {
  it.each([
    ['included_file', 'included_files'],
    ['includedFiles', 'included_files'],
    ['memroy', 'memory'],
    ['paths', 'path'],
    ['regoin', 'region'],
    ['VCPU', 'vcpu'],
  ])('%s is %s', (word, key) => {
    expect(findClosest(word, KEYS)).toBe(key)
  })

  it.each(['frobnicate', 'x', 'command'])('%s is none of them', (word) => {
    expect(findClosest(word, KEYS)).toBeUndefined()
    expect(suggest(word, KEYS)).toBe('')
  })

  it('a single letter is not like another letter', () => {
    expect(findClosest('j', ['a', 'J', 'ab'])).toBe('J')
    expect(findClosest('j', ['a', 'ab'])).toBeUndefined()
  })

  it('is a sentence of its own', () => {
    expect(suggest('memroy', KEYS)).toBe(' Did you mean "memory"?')
  })
})
