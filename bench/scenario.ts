import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Figures } from './figures.ts'
import type { LoadTool } from './load.ts'
import type { Target, TargetName } from './targets.ts'

/** A file in scenarios/ whose default export this is takes part; its name is what `--only` selects. */
export interface Scenario {
  /** First column of the table. */
  title: string
  /** Who takes part; the floor comes first. All when absent. */
  targets?: readonly TargetName[]
  /** Measures one target once. Called in every round, for each target in turn, each freshly started in that round. */
  measure(target: Target, tools: Tools): Promise<Figures>
}

export interface Tools {
  load: LoadTool
  /** How long one measurement under load lasts. */
  seconds: number
}

/** @param only names of scenarios; empty takes all. */
export async function loadScenarios(only: string[]): Promise<Map<string, Scenario>> {
  const dir = fileURLToPath(new URL('scenarios/', import.meta.url))
  const scenarios = new Map<string, Scenario>()
  for (const file of globSync('*.ts', { cwd: dir }).sort()) {
    const name = basename(file, '.ts')
    if (only.length > 0 && !only.includes(name)) continue
    const module = (await import(pathToFileURL(dir + file).href)) as { default: Scenario }
    scenarios.set(name, module.default)
  }
  const missing = only.filter((name) => !scenarios.has(name))
  if (missing.length > 0) throw new Error(`no scenario called ${missing.join(', ')} in bench/scenarios`)
  return scenarios
}
