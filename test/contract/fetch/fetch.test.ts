import { beforeAll, describe, expect, it } from 'vitest'
import { findTestNode } from '../../helpers/nodes.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { allChecks } from './checks/index.ts'
import { bundleChecks, runChecks } from './run-checks.ts'

const SEQUENCES = 300

const nodes = [await findTestNode()]

/** One test per table of checks: `table | row`. */
const tables = Object.entries(
  Object.groupBy(
    allChecks.map(([name]) => name),
    (name) => name.split(' | ')[0]!,
  ),
) as [string, string[]][]

let folder: string
let program: string
beforeAll(async () => {
  folder = temporaryFolder('fetch')
  program = await bundleChecks(folder)
})

describe.each(nodes)('our Request and Response behave as those of %s', (node) => {
  let real: Record<string, unknown>
  let light: Record<string, unknown>
  beforeAll(async () => {
    ;[real, light] = await Promise.all([
      runChecks(program, node, 'real', SEQUENCES),
      runChecks(program, node, 'light', SEQUENCES),
    ])
  })

  it.each(tables)('%s', (_, names) => {
    expect(names.map((name) => [name, light[name]])).toEqual(names.map((name) => [name, real[name]]))
  })

  it(`${SEQUENCES} random sequences`, () => {
    const names = Object.keys(real).filter((name) => name.startsWith('random sequence'))
    expect(names).toHaveLength(SEQUENCES)
    for (const name of names) expect([name, light[name]]).toEqual([name, real[name]])
  })

  it('nothing hangs', () => {
    expect(Object.entries(real).filter(([, seen]) => seen === 'still waiting')).toEqual([])
  })
})
