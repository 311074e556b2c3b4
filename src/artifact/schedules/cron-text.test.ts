import { describe, expect, it } from 'vitest'
import { findCronProblem, normalizeCron } from './cron-text.ts'

describe('normalizeCron', () => {
  it.each([
    ['@daily', '0 0 0 * * *'],
    ['@hourly', '0 0 * * * *'],
    ['@weekly', '0 0 0 * * 0'],
    ['@monthly', '0 0 0 1 * *'],
    ['@yearly', '0 0 0 1 1 *'],
    ['*/5 8-17 * * MON-FRI', '0 */5 8-17 * * 1-5'],
    ['0 0 1 JAN,jul *', '0 0 0 1 1,7 *'],
    ['30 0 0 * * 7', '30 0 0 * * 7'],
    ['* * * *', '0 * * * * *'],
    ['*', '0 * * * * *'],
    ['0 12 ? * 1#1', '0 0 12 ? * 1#1'],
    ['0 12 L * *', '0 0 12 L * *'],
    ['0 12 * * 5L', '0 0 12 * * 5L'],
    ['5/15 * * * *', '0 5/15 * * * *'],
    ['  0   0 * * *  ', '0 0 0 * * *'],
    ['0 0 29 2 *', '0 0 0 29 2 *'],
  ])('%s is %s', (text, fields) => {
    expect(normalizeCron(text)).toBe(fields)
  })
})

describe('findCronProblem', () => {
  it.each([
    ['@annually', /not a shortcut/],
    ['@midnight', /not a shortcut/],
    ['@reboot', /not a shortcut/],
    ['@every 5m', /not a shortcut/],
    ['nope', /^has 1 field; five are expected$/],
    ['every day', /^has 2 fields; five are expected$/],
    ['0 0 nope * *', /day of month/],
    ['60 * * * *', /only 0 to 59/],
    ['* 24 * * *', /only 0 to 23/],
    ['* * 0 * *', /only 1 to 31/],
    ['* * * 13 *', /only 1 to 12/],
    ['* * * FOO *', /month/],
    ['* * * * 8', /only 0 to 7/],
    ['*/0 * * * *', /above 0/],
    ['1/2/3 * * * *', /only one/],
    ['5-1 * * * *', /ends before/],
    ['1,,2 * * * *', /empty item/],
    ['-5 * * * *', /number from 0 to 59/],
    ['* * * * 1#6', /1 to 5/],
    ['* * * * 1#1,2', /cannot be combined/],
    ['* * L5 * *', /stands alone/],
    ['0 0 31 2 *', /which has 29/],
    ['* * * * * * *', /7 fields/],
    ['', /empty/],
  ])('%j is refused', (text, reason) => {
    expect(findCronProblem(text)).toMatch(reason)
  })
})
