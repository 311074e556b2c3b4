// What kept answers really take: heap and external memory after a collection, in a process of its own (D131).
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { MIB } from '../../src/base/lib/index.ts'

const PROGRAM = fileURLToPath(new URL('../helpers/answer-memory.ts', import.meta.url))
const BOUND = 16 * MIB

function run(...args: string[]): unknown {
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', PROGRAM, ...args], { encoding: 'utf8' }))
}

describe('answers that are kept take what they weigh, and no more than their bound and a tenth', () => {
  it.each(run('list') as string[])('%s', (shape) => {
    const { kept, weighedBytes, takenBytes, emptyBytes } = run(shape, String(BOUND)) as Taken
    expect(kept).toBeGreaterThan(0)
    expect(weighedBytes).toBeLessThanOrEqual(BOUND)
    expect(takenBytes).toBeLessThanOrEqual(1.1 * BOUND)
    expect(emptyBytes).toBe(0)
  })
})

interface Taken {
  kept: number
  weighedBytes: number
  takenBytes: number
  emptyBytes: number
}
