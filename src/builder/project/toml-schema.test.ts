import { describe, expect, it } from 'vitest'
import { checkSchema, type Schema } from './schema.ts'
import { SHARED_FUNCTION_KEYS, TOML_SCHEMA } from './toml-schema.ts'

/** Every schema inside `schema`, itself among them. */
function listSchemas(schema: Schema): Schema[] {
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.$defs ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ]
  return [schema, ...parts.flatMap(listSchemas)]
}

describe('TOML_SCHEMA', () => {
  it('is a JSON document whose references lead somewhere', () => {
    const read = JSON.parse(JSON.stringify(TOML_SCHEMA)) as Schema
    expect(read).toEqual(TOML_SCHEMA)
    const targets = listSchemas(read).flatMap(({ $ref }) => $ref ?? [])
    expect(targets.filter((target) => read.$defs?.[target.replace('#/$defs/', '')] === undefined)).toEqual([])
  })

  it('D15: Roost’s own keys may stand for every function', () => {
    expect(SHARED_FUNCTION_KEYS).toEqual(
      expect.arrayContaining(['concurrency', 'timeout', 'max_instances', 'network']),
    )
  })

  it('tells of every key what it is for', () => {
    const keys = listSchemas(TOML_SCHEMA).flatMap(({ properties = {} }) => Object.entries(properties))
    const silent = keys.filter(([, schema]) => {
      const told = [schema, ...(schema.anyOf ?? [])]
      return schema.$ref === undefined && !told.some(({ description }) => description !== undefined)
    })
    expect(silent.map(([key]) => key)).toEqual([])
  })
})

describe('checkSchema', () => {
  it('accepts a whole file', () => {
    const data = {
      build: { base: 'a', publish: 'b', command: 'c', environment: { A: '1', B: 2, C: true } },
      functions: { directory: 'f', timeout: 20.5, memory: '2gb', hello: { vcpu: 0.5, schedule: '@daily' } },
      context: { dev: { functions: 'x' }, main: { functions: { region: 'fra' }, command: 'y' } },
      dev: { port: 8888, framework: '#auto', https: { certFile: 'a', keyFile: 'b' } },
      redirects: [{ from: '/a', to: '/b', status: 200, conditions: { Country: ['de'] } }],
      headers: [{ for: '/*', values: { 'X-A': 'b' } }],
      plugins: [{ package: 'x', inputs: { a: 1 } }],
      edge_functions: [{ path: '/x', function: 'y' }],
    }
    expect(checkSchema(data, TOML_SCHEMA)).toEqual([])
  })

  it('says what was found and what was expected', () => {
    expect(
      checkSchema({ functions: { a: { vcpu: 9, memory: [], included_files: ['x', {}] } } }, TOML_SCHEMA),
    ).toEqual([
      { kind: 'wrong', path: ['functions', 'a', 'vcpu'], found: '9', expected: 'a number from 0.5 to 2' },
      {
        kind: 'wrong',
        path: ['functions', 'a', 'memory'],
        found: '[]',
        expected: 'whole megabytes, or text such as "2gb"',
        format: 'memory',
      },
      { kind: 'wrong', path: ['functions', 'a', 'included_files', 1], found: 'a table', expected: 'text' },
    ])
  })
})
