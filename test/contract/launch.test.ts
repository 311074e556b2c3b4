import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { Instance, type InstanceExit } from '../../src/compute/instance/index.ts'
import { launchCommand } from '../../src/compute/process/index.ts'

const untilExit = (process: ReturnType<typeof launchCommand>): Promise<InstanceExit> =>
  new Promise((resolve) => {
    const instance = new Instance({ id: 'i1', process, limits: DEFAULT_LIMITS, onLog: () => undefined })
    instance.handTo({
      onReady: () => undefined,
      onFree: () => undefined,
      onExit: (_instance, exit) => resolve(exit),
    })
  })

describe('a process that cannot be started', () => {
  it.each([
    ['there is no such program', '/no/such/program'],
    ['the system would not even try', 'a\0b'],
  ])(
    '%s: the instance ends with the reason "start", and gives back what it held',
    async (_title, command) => {
      let released = 0
      const exit = await untilExit(launchCommand(command, [], {}, { onReleased: () => released++ }))
      expect([exit.reason, released]).toEqual(['start', 1])
    },
  )

  it.skipIf(!existsSync('/usr/bin/prlimit'))('out of descriptors: the same, and the host goes on', () => {
    const source = new URL('../../src/compute/process/index.ts', import.meta.url)
    const program = `
      import { openSync } from 'node:fs'
      import { launchCommand } from ${JSON.stringify(source.href)}
      try { for (;;) openSync('/dev/null') } catch {}
      launchCommand('/bin/true', [], {}).onExit((code, signal, error) => {
        process.exitCode = error.message.includes('descriptors') ? 42 : 1
      })`
    const args = ['--nofile=64:64', process.execPath, '--input-type=module', '--eval', program]
    expect(() => execFileSync('/usr/bin/prlimit', args, { stdio: 'pipe' })).toThrow(
      expect.objectContaining({ status: 42 }),
    )
  })
})
