import { type Expression, placeOf } from './ast.ts'
import type { HandlerMarker } from './handler.ts'
import type { Binding, ModuleShape } from './module-shape.ts'
import type { Place } from './report.ts'

const NETLIFY = '@netlify/functions'
/** Ours, which has the same helpers (D15d). Netlify does not look at it. */
const OWN = 'roost-functions'

export type HelperUse =
  | { kind: 'schedule'; cron: string; place: Place; isOwn: boolean }
  | { kind: 'stream'; place: Place; isOwn: boolean }
  /** `schedule` is imported, but the handler is not its result (build.md §17 E3). */
  | { kind: 'schedule-unused'; place: Place }
  /** The handler is scheduled, but when cannot be read (build.md §17 E4). */
  | { kind: 'cron-missing'; place: Place }
  /** `nf.schedule(…)`: Netlify does not see it, and neither may we: the function is not scheduled there. */
  | { kind: 'schedule-hidden'; place: Place }
  | { kind: 'none' }

/** How a Lambda-format function uses `schedule()` and `stream()` of `@netlify/functions`, or of our own package (build.md §8, §9). */
export function findHelperUse(shape: ModuleShape, marker: HandlerMarker | undefined): HelperUse {
  const call = marker?.call
  const callee = call?.callee.type === 'Identifier' ? call.callee.name : undefined
  const binding = callee === undefined ? undefined : shape.bindings.get(callee)
  const called = readHelper(binding)
  const isOwn = binding?.kind === 'import' && binding.from === OWN
  if (call !== undefined && called === 'schedule') {
    const cron = readCron(call.arguments[0] as Expression | undefined, shape)
    const place = placeOf(call.arguments[0] ?? call)
    return cron === undefined ? { kind: 'cron-missing', place } : { kind: 'schedule', cron, place, isOwn }
  }
  if ([...shape.bindings.values()].some((binding) => readHelper(binding) === 'schedule'))
    return { kind: 'schedule-unused', place: placeOf(marker?.node ?? {}) }
  if (call !== undefined && called === 'stream') return { kind: 'stream', place: placeOf(call), isOwn }
  const hidden = findHiddenSchedule(shape)
  return hidden === undefined ? { kind: 'none' } : { kind: 'schedule-hidden', place: hidden }
}

function readHelper(binding: Binding | undefined): string | undefined {
  if (binding?.kind !== 'import' || (binding.from !== NETLIFY && binding.from !== OWN)) return undefined
  return binding.imported
}

/** A text in the call itself, or the name of one in this file; one step only. */
function readCron(argument: Expression | undefined, shape: ModuleShape): string | undefined {
  const binding = argument?.type === 'Identifier' ? shape.bindings.get(argument.name) : undefined
  const value = binding?.kind === 'value' ? binding.value : argument
  return value?.type === 'StringLiteral' && value.value !== '' ? value.value : undefined
}

/** A handler that is `nf.schedule(…)` or TypeScript's `(0, nf.schedule)(…)`, `nf` being the whole package. */
function findHiddenSchedule(shape: ModuleShape): Place | undefined {
  for (const { name, value, local } of shape.exports) {
    if (name !== 'handler') continue
    const binding = shape.bindings.get(local ?? '')
    const call = value ?? (binding?.kind === 'value' ? binding.value : undefined)
    if (call?.type !== 'CallExpression') continue
    const { callee } = call
    const member = callee.type === 'SequenceExpression' ? callee.expressions.at(-1) : callee
    if (member?.type !== 'MemberExpression' || member.object.type !== 'Identifier') continue
    const isSchedule = member.property.type === 'Identifier' && member.property.name === 'schedule'
    if (isSchedule && readHelper(shape.bindings.get(member.object.name)) === '*') return placeOf(call)
  }
  return undefined
}
