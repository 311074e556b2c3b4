import { type Attack, inside } from '../attack.ts'
import type { Stage } from '../stage.ts'

/** Without a user or namespaces of their own functions can signal the host: docs/security.md says so. */
const isIsolated = ({ isolation }: Stage): boolean => isolation !== 'none'

/** From inside a function: what it does to the machine. */
export const PROCESS_ATTACKS: readonly Attack[] = [
  {
    name: 'daemons that leave their group and kill who comes for them',
    needs: isIsolated,
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require }) => {
          const { spawn } = require('node:child_process')
          const hunt = `[ "$(id -u)" = 0 ] && exit; trap "" TERM HUP; while :; do for p in /proc/[0-9]*; do p=\${p#/proc/}; [ $p = $$ ] || [ $p = $PPID ] || [ $p = 1 ] || kill -9 $p; done 2>/dev/null; sleep 0.2; done`
          for (let i = 0; i < 5; i++)
            spawn('/bin/sh', ['-c', `(/bin/sh -c '${hunt}' &) &`], { detached: true, stdio: 'ignore' })
              .on('error', () => undefined)
              .unref()
          await new Promise((resolve) => setTimeout(resolve, 500))
        },
        {},
      ),
  },
  {
    name: 'a fork bomb',
    // For an ordinary user docs/security.md promises no bound, and the bomb would take the whole machine.
    needs: (stage) => isIsolated(stage) && stage.boundsProcesses,
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require }) => {
          const { spawn } = require('node:child_process')
          const bomb = '[ "$(id -u)" = 0 ] && exit; b() { b | b & }; b'
          spawn('/bin/sh', ['-c', bomb], { detached: true, stdio: 'ignore' })
            .on('error', () => undefined)
            .unref()
          await new Promise((resolve) => setTimeout(resolve, 1500))
        },
        {},
      ),
  },
  {
    name: 'memory: heap, buffers, files in /dev/shm and /tmp',
    needs: isIsolated,
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require }, kind) => {
          const { writeFileSync, mkdirSync } = require('node:fs')
          const kept: unknown[] = []
          const end = Date.now() + 3000
          if (kind === 'files') mkdirSync(`/tmp/f${process.pid}`, { recursive: true })
          for (let i = 0; Date.now() < end; i++) {
            if (kind === 'heap') kept.push(Array.from({ length: 100_000 }, () => ({ i })))
            if (kind === 'buffers') kept.push(Buffer.alloc(8 * 1024 * 1024, 1))
            if (kind === 'shared')
              writeFileSync(`/dev/shm/f${process.pid}-${i}`, Buffer.alloc(8 * 1024 * 1024, 1))
            if (kind === 'files')
              for (let n = 0; n < 1000; n++) writeFileSync(`/tmp/f${process.pid}/${i}-${n}`, '')
            await new Promise((resolve) => setImmediate(resolve))
          }
        },
        // In the profile `process` /tmp is the machine's own disk, which is not bounded.
        options.random.pick(
          stage.isolation === 'user' ? ['heap', 'buffers', 'shared'] : ['heap', 'buffers', 'shared', 'files'],
        ),
      ),
  },
  {
    name: 'loops, exits, aborts, throws and never settles',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async (_, how) => {
          if (how === 'loop') for (;;);
          if (how === 'exit') process.exit(0)
          if (how === 'abort') process.abort()
          if (how === 'throw') throw Object.assign(new Error('x'.repeat(100_000)), { cause: new Error('y') })
          setTimeout(() => Promise.reject(new Error('later')), 50)
          await new Promise(() => undefined)
        },
        options.random.pick(['loop', 'exit', 'abort', 'throw', 'never']),
      ),
  },
  {
    name: 'floods of its log, and frames that lie',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require }, kind) => {
          const { writeSync } = require('node:fs')
          const end = Date.now() + 2000
          const text = kind === 'short' ? 'x\n'.repeat(10_000) : `${'y'.repeat(60_000)}\n`
          while (Date.now() < end)
            try {
              if (kind === 'frames')
                writeSync(3, Buffer.from(Array.from({ length: 1000 }, () => Math.floor(Math.random() * 256))))
              else if (kind === 'trace')
                throw Object.assign(new Error('z'), { stack: 'at z\n'.repeat(30_000) })
              else writeSync(2, text)
            } catch (error) {
              if (kind === 'trace') throw error
              await new Promise((resolve) => setTimeout(resolve, 10))
            }
        },
        options.random.pick(['short', 'long', 'frames', 'trace']),
      ),
  },
]
