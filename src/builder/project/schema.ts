import { findCronProblem } from '../../artifact/schedules/index.ts'
import { parseMemory } from './memory.ts'
import type { KeyPath } from './toml-places.ts'

/** The part of JSON Schema that our own schema uses. */
export interface Schema {
  $schema?: string
  $ref?: string
  $defs?: Record<string, Schema>
  title?: string
  description?: string
  type?: TypeName | TypeName[]
  enum?: string[]
  items?: Schema
  properties?: Record<string, Schema>
  /** `false`: an unknown key is a warning here, not an error: Netlify ignores it. */
  additionalProperties?: boolean | Schema
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  anyOf?: Schema[]
  /** Always `{}`: nothing is valid here, and `description` says why. */
  not?: Schema
  /** Checked by us; annotations to others. */
  format?: 'cron' | 'memory'
}

export type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array'

export type SchemaProblem =
  | { kind: 'unknown'; path: KeyPath; known: string[] }
  | { kind: 'wrong'; path: KeyPath; found: string; expected: string; format?: Schema['format'] }

/** Everything in `value` that `root` does not allow, in the order of the document. */
export function checkSchema(value: unknown, root: Schema): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  visit(value, root, [])
  return problems

  function visit(item: unknown, given: Schema, path: KeyPath): void {
    const schema = choose(item, given)
    const wrong = (expected: string): void => {
      const format = schema.format
      problems.push({
        kind: 'wrong',
        path,
        found: describeValue(item),
        expected,
        ...(format === undefined ? {} : { format }),
      })
    }
    if (schema.not !== undefined) return wrong(schema.description ?? 'nothing')
    if (schema.enum !== undefined && !schema.enum.includes(item as string))
      return wrong(`one of ${schema.enum.map((name) => `"${name}"`).join(', ')}`)
    if (!hasType(item, schema)) return wrong(describeSchema(schema))
    if (typeof item === 'number' && !isInRange(item, schema)) return wrong(describeSchema(schema))
    if (schema.format === 'cron') {
      const problem = findCronProblem(item as string)
      if (problem !== undefined) return wrong(`a cron expression: it ${problem}`)
    }
    if (schema.format === 'memory' && parseMemory(item) === undefined) return wrong(describeSchema(schema))
    if (Array.isArray(item)) {
      for (const [index, entry] of item.entries())
        if (schema.items) visit(entry, schema.items, [...path, index])
    } else if (isTable(item)) visitTable(item, schema, path)
  }

  function visitTable(table: Record<string, unknown>, schema: Schema, path: KeyPath): void {
    for (const [key, entry] of Object.entries(table)) {
      const known = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined
      const next = known ?? schema.additionalProperties
      if (typeof next === 'object') visit(entry, next, [...path, key])
      else if (next === false)
        problems.push({ kind: 'unknown', path: [...path, key], known: Object.keys(schema.properties ?? {}) })
    }
  }

  /** Follows a reference, and picks the alternative that has the value's type, else the first. */
  function choose(item: unknown, schema: Schema): Schema {
    if (schema.$ref !== undefined)
      return choose(item, root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {})
    if (schema.anyOf === undefined) return schema
    const choices = schema.anyOf.map((choice) => choose(item, choice))
    const fits = choices.filter((choice) => hasType(item, choice))
    return fits.find((choice) => !isTable(item) || hasOnlyKnownKeys(item, choice)) ?? choices[0] ?? {}
  }
}

function hasOnlyKnownKeys(table: Record<string, unknown>, schema: Schema): boolean {
  if (typeof schema.additionalProperties === 'object') return true
  return Object.keys(table).every((key) => Object.hasOwn(schema.properties ?? {}, key))
}

export function isTable(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function hasType(value: unknown, schema: Schema): boolean {
  if (schema.type === undefined) return true
  const type = typeOf(value)
  const allowed = [schema.type].flat()
  return (
    (type !== undefined && allowed.includes(type)) || (Number.isInteger(value) && allowed.includes('integer'))
  )
}

function typeOf(value: unknown): TypeName | undefined {
  if (Array.isArray(value)) return 'array'
  if (isTable(value)) return 'object'
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' ? type : undefined
}

function isInRange(value: number, schema: Schema): boolean {
  return (
    value >= (schema.minimum ?? -Infinity) &&
    value <= (schema.maximum ?? Infinity) &&
    value > (schema.exclusiveMinimum ?? -Infinity)
  )
}

function describeSchema(schema: Schema): string {
  if (schema.format === 'memory') return 'whole megabytes, or text such as "2gb"'
  const names = { string: 'text', number: 'a number', integer: 'a whole number', boolean: 'true or false' }
  const types = [schema.type ?? []].flat()
  const words = types.map((type) =>
    type === 'object' ? 'a table' : type === 'array' ? describeList(schema) : names[type],
  )
  return words.join(' or ') + describeRange(schema)
}

function describeList(schema: Schema): string {
  return schema.items?.type === 'string' ? 'a list of texts' : 'a list of tables'
}

function describeRange({ minimum, maximum, exclusiveMinimum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` of at least ${minimum}`
  return exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`
}

/** A value as it would be quoted in a message. */
export function describeValue(value: unknown): string {
  if (isTable(value)) return 'a table'
  if (value === undefined) return 'nothing'
  const shown = JSON.stringify(value)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}
