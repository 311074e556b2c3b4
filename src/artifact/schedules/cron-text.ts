/**
 * The cron dialect of Netlify's build (build.md §8): five fields, or six with leading seconds; with fewer the leading
 * ones are open (`*`), seconds are 0. Names for months and weekdays, `7` for Sunday, `?` for `*`, `L`, `1#2`, and the
 * five shortcuts. Whatever passes here has the same meaning to the build and to the scheduler.
 */
const FIELDS = [
  { name: 'seconds', min: 0, max: 59, signs: /^[\d*,/-]+$/ },
  { name: 'minutes', min: 0, max: 59, signs: /^[\d*,/-]+$/ },
  { name: 'hours', min: 0, max: 23, signs: /^[\d*,/-]+$/ },
  { name: 'day of month', min: 1, max: 31, signs: /^[\d*,/?L-]+$/ },
  { name: 'month', min: 1, max: 12, signs: /^[\d*,/-]+$/ },
  { name: 'day of week', min: 0, max: 7, signs: /^[\d*,/?L#-]+$/ },
] as const

type Field = (typeof FIELDS)[number]

const SHORTCUTS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const DAYS = 'sun mon tue wed thu fri sat'.split(' ')
const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** What is wrong with a schedule, as the end of the sentence "it …", or undefined when it is right. */
export function findCronProblem(text: string): string | undefined {
  const result = normalizeCron(text)
  return typeof result === 'string' ? undefined : result.problem
}

/**
 * The six fields of a schedule in full, separated by single blanks: shortcuts replaced, names as numbers, fields that
 * were left out filled in. Or the problem, as the end of the sentence "it …".
 */
export function normalizeCron(text: string): string | { problem: string } {
  const trimmed = text.trim()
  if (trimmed === '') return { problem: 'is empty' }
  if (trimmed.startsWith('@') && SHORTCUTS[trimmed] === undefined)
    return { problem: `is not a shortcut that Netlify knows (${Object.keys(SHORTCUTS).join(' ')})` }
  const written = (SHORTCUTS[trimmed] ?? trimmed).split(/\s+/)
  if (written.length > 6) return { problem: `has ${written.length} fields; five are expected` }
  const open = 6 - written.length
  const fields: string[] = []
  for (const [index, field] of FIELDS.entries()) {
    const value = index < open ? (index === 0 ? '0' : '*') : replaceNames(field, written[index - open]!)
    const problem = checkField(field, value)
    if (problem !== undefined)
      return {
        problem:
          written.length < 5
            ? `has ${written.length} field${written.length === 1 ? '' : 's'}; five are expected`
            : `has "${written[index - open]}" for ${field.name}: ${problem}`,
      }
    fields.push(value)
  }
  return checkDayExists(fields) ?? fields.join(' ')
}

function replaceNames(field: Field, value: string): string {
  const names = field.name === 'month' ? MONTHS : field.name === 'day of week' ? DAYS : []
  return value.replace(/[a-z]{3}/gi, (word) => {
    const index = names.indexOf(word.toLowerCase())
    return index === -1 ? word : String(index + field.min)
  })
}

function checkField(field: Field, value: string): string | undefined {
  if (!field.signs.test(value)) {
    const strange = [...value].filter((sign) => !field.signs.test(sign)).join('')
    return `"${strange}" is not allowed here`
  }
  const [day, nth, ...rest] = value.split('#')
  if (nth !== undefined) {
    if (/[,/-]/.test(value)) return '# cannot be combined with lists, steps or ranges'
    if (rest.length > 0 || !/^[1-5]$/.test(nth)) return 'expected a number from 1 to 5 after #'
    return checkItem(field, day!)
  }
  for (const item of value.split(',')) {
    const problem = checkItem(field, item)
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkItem(field: Field, item: string): string | undefined {
  if (item === '') return 'a list has an empty item'
  if (item.includes('L')) return checkLast(field, item)
  const [range = '', step, ...rest] = item.split('/')
  if (rest.length > 0) return 'only one / is allowed'
  if (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0))
    return 'expected a number above 0 after /'
  if (range === '*' || range === '?') return undefined
  const [from = '', to, ...more] = range.split('-')
  const bounds = to === undefined ? [from] : [from, to]
  if (more.length > 0 || !bounds.every((bound) => /^\d+$/.test(bound)))
    return `a number from ${field.min} to ${field.max} is expected`
  if (bounds.some((bound) => Number(bound) < field.min || Number(bound) > field.max))
    return `only ${field.min} to ${field.max} are allowed`
  if (to !== undefined && Number(from) > Number(to)) return 'the range ends before it starts'
  return undefined
}

/** `L` is the last day of the month or week; `5L` the last Friday of the month. */
function checkLast(field: Field, item: string): string | undefined {
  if (field.name === 'day of month') return item === 'L' ? undefined : 'L stands alone here'
  return /^[0-7]?L$/.test(item) ? undefined : 'L stands alone or after one weekday'
}

/** `0 0 31 2 *` would never come due. */
function checkDayExists(fields: readonly string[]): { problem: string } | undefined {
  const [, , , day = '', month = ''] = fields
  if (!/^\d+$/.test(month) || !/^[\d,]+$/.test(day)) return undefined
  const longest = LONGEST_MONTH[Number(month) - 1] ?? 31
  return Math.min(...day.split(',').map(Number)) > longest
    ? { problem: `names day ${day} of month ${month}, which has ${longest}` }
    : undefined
}
