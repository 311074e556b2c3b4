import { describe, expect, it } from 'vitest'
import { countTests, formatMinutes } from './test-report.ts'

const file = (name: string, status: string, ...tests: string[]) => ({
  name,
  status,
  assertionResults: tests.map((each) => ({ status: each })),
})

describe('the count of npm test', () => {
  it('counts each failed test, and each file that failed without one', () => {
    const testResults = [
      file('a', 'passed', 'passed'),
      file('b', 'failed', 'passed', 'failed', 'failed'),
      file('does-not-load', 'failed'),
      file('hook-fails', 'failed', 'skipped'),
    ]
    expect(countTests({ numPassedTests: 2, numFailedTests: 2, testResults }, false)).toEqual({
      passed: 2,
      failed: 4,
      failedFiles: ['b', 'does-not-load', 'hook-fails'],
    })
  })

  it('is not zero when the run failed outside of any file', () => {
    const report = { numPassedTests: 1, numFailedTests: 0, testResults: [file('a', 'passed', 'passed')] }
    expect(countTests(report, false).failed).toBe(1)
    expect(countTests(report, true).failed).toBe(0)
  })

  it('says how long it took', () => {
    expect([800, 59_400, 61_000, 3_725_000].map(formatMinutes)).toEqual([
      '1 s',
      '59 s',
      '1 min 1 s',
      '62 min 5 s',
    ])
  })
})
