import { describe, expect, it } from 'vitest'
import { countCharacters } from './byte-column.ts'

describe('countCharacters', () => {
  it.each([
    ['abc', 2, 2],
    ['é = "日本"', 2, 1],
    ['é = "日本"', 12, 7],
    ['🙂x', 4, 2],
    ['abc', 0, 0],
    ['', 7, 7],
  ])('%j, %i bytes: %i', (line, bytes, characters) => {
    expect(countCharacters(line, bytes)).toBe(characters)
  })
})
