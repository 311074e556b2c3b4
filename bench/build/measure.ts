import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readProc, readProcessTree } from '../../test/helpers/process-tree.ts'
import { readTreeCpuMicros } from '../processes.ts'
import { editProject, type Kind, writeProject } from './project.ts'
import type { Tool } from './tools.ts'

/** What one tool took in one round. Times in ms; CPU is user and system time of all its processes. */
export interface Sample {
  /** From the start of the process to the end of the first build. */
  coldMs: number
  coldCpuMs: number
  /** Time of one rebuild after one edit, in the process that is up. */
  rebuildMs?: number
  rebuildCpuMs?: number
  /** The most that each of its processes ever had in memory, added up. */
  peakMb: number
}

/**
 * In memory where that can be: a disk takes its own time for files whose neighbours were removed a moment ago, and here
 * every measurement removes thousands.
 */
export const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A fresh project, a fresh process: one cold build, then edits with a rebuild each. */
export async function measure(tool: Tool, kind: Kind, count: number, edits: number): Promise<Sample> {
  const folder = mkdtempSync(join(SCRATCH, 'roost-bench-build-'))
  const dir = join(folder, 'project')
  mkdirSync(dir)
  writeProject(dir, kind, count)
  const command = { dir, outDir: join(folder, 'out') }
  const startMs = performance.now()
  const driver = startDriver(tool)
  try {
    const functions = await driver.build(command)
    const coldMs = performance.now() - startMs
    if (functions !== count) throw new Error(`${tool.title} made ${functions} functions of ${count}`)
    const coldCpuMs = driver.cpuMs()
    const sample: Sample = { coldMs, coldCpuMs, peakMb: driver.peakMb() }
    if (tool.rebuilds === undefined || edits === 0) return sample
    const times: number[] = []
    for (let edit = 1; edit <= edits; edit++) {
      const edited = editProject(dir, edit)
      const editedMs = performance.now()
      await driver.build({ ...command, edited })
      times.push(performance.now() - editedMs)
    }
    return {
      ...sample,
      rebuildMs: median(times),
      rebuildCpuMs: (driver.cpuMs() - coldCpuMs) / edits,
      peakMb: driver.peakMb(),
    }
  } finally {
    driver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Command {
  dir: string
  outDir: string
  edited?: string
}

function startDriver({ driver: [file, mode], title }: Tool) {
  const program = fileURLToPath(new URL(`drivers/${file}`, import.meta.url))
  const child: ChildProcess = fork(program, mode === undefined ? [] : [mode], { execArgv: [] })
  const pid = child.pid!
  return {
    build: (command: Command): Promise<number> =>
      new Promise((resolve, reject) => {
        const onExit = (): void => reject(new Error(`${title} ended`))
        child.once('exit', onExit)
        child.once('message', ({ functions }: { functions: number }) => {
          child.off('exit', onExit)
          resolve(functions)
        })
        child.send(command)
      }),
    /** Exact at any moment in which all its processes are up, or have been waited for. */
    cpuMs: () => readTreeCpuMicros(pid) / 1000,
    peakMb: () =>
      readProcessTree(pid).reduce(
        (sum, { pid: one }) =>
          sum + Number(/^VmHWM:\s+(\d+)/m.exec(readProc(`${one}/status`))?.[1] ?? 0) / 1024,
        0,
      ),
    stop: () => child.kill('SIGKILL'),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
