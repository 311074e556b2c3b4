import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { waitFor } from '../../../test/helpers/wait.ts'
import { ProcessTable } from './process-table.ts'

// Real processes, since what counts is what the kernel says of them.

const MIB = 1024 * 1024
/** More than any part of it takes by itself. */
const HELD = 96 * MIB
const HOLD = `const held = Buffer.alloc(${HELD}, 1); setInterval(() => held, 1000); console.log(process.pid)`
const started: number[] = []

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // ESRCH: it has ended with its parent
    }
  }
})

/** Starts a program that prints the number of the process that holds the memory, once it does. */
async function run(code: string): Promise<{ child: ChildProcess; holder: number }> {
  const child = spawn(process.execPath, ['--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { HOLD },
  })
  started.push(child.pid!)
  const holder = await new Promise<number>((resolve) =>
    child.stdout!.once('data', (text: Buffer) => resolve(Number(text.toString().trim()))),
  )
  started.push(holder)
  return { child, holder }
}

async function look(pid: number): Promise<number> {
  const table = new ProcessTable()
  await table.refresh()
  return table.readMemory(pid)!.privateBytes
}

const SPAWN = `require('node:child_process').spawn(process.execPath, ['--eval', process.env.HOLD], { stdio: 'inherit', detached: DETACHED })`

it('counts the process itself, before it has been listed', async () => {
  const { child } = await run(HOLD)
  expect(new ProcessTable().readMemory(child.pid!)?.privateBytes).toBeGreaterThan(HELD)
})

it('counts what the main thread forks', async () => {
  const { child, holder } = await run(SPAWN.replace('DETACHED', 'false'))
  expect(holder).not.toBe(child.pid)
  expect(await look(child.pid!)).toBeGreaterThan(HELD)
})

it('counts what a worker thread forks, in a session of its own too', async () => {
  const { child } = await run(
    `new (require('node:worker_threads').Worker)(${JSON.stringify(`${SPAWN.replace('DETACHED', 'true')}; setInterval(() => {}, 1000)`)}, { eval: true })`,
  )
  expect(await look(child.pid!)).toBeGreaterThan(HELD)
})

it.skipIf(!existsSync('/bin/sh'))('counts what has lost its parent, by its session', async () => {
  const { child } = await run(
    `require('node:child_process').spawn('/bin/sh', ['-c', '"$0" --eval "$HOLD" & '], { stdio: 'inherit', argv0: '/bin/sh', env: { HOLD: process.env.HOLD } });
     setInterval(() => {}, 1000)`.replace(`'"$0" --eval`, `'"${process.execPath}" --eval`),
  )
  expect(await look(child.pid!)).toBeGreaterThan(HELD)
})

it('keeps what it knows of a process that leaves its session once it has been seen', async () => {
  const middle = `${SPAWN.replace('DETACHED', 'true')}; setInterval(() => {}, 1000)`
  const { child } = await run(
    `const middle = require('node:child_process').spawn(process.execPath, ['--eval', ${JSON.stringify(middle)}], { stdio: 'inherit' });
     process.on('SIGUSR2', () => middle.kill('SIGKILL')); setInterval(() => {}, 1000); middle.on('exit', () => console.log('alone'))`,
  )
  const table = new ProcessTable()
  await table.refresh()
  const alone = new Promise((resolve) => child.stdout!.once('data', resolve))
  child.kill('SIGUSR2')
  await alone
  await table.refresh()
  expect(table.readMemory(child.pid!)?.privateBytes).toBeGreaterThan(HELD)
})

it('counts nobody else', async () => {
  const [mine, other] = [await run('setInterval(() => {}, 1000); console.log(process.pid)'), await run(HOLD)]
  expect(await look(mine.child.pid!)).toBeLessThan(HELD)
  expect(await look(other.child.pid!)).toBeGreaterThan(HELD)
})

it('has nothing to say of a process that is gone', async () => {
  const { child } = await run('console.log(process.pid)')
  await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))
  expect(new ProcessTable().readMemory(child.pid!)).toBeUndefined()
})

it('knows the processor time of a process and of what it has started', async () => {
  const LOOP =
    'const end = Date.now() + 60_000; console.log(process.pid); setTimeout(() => { while (Date.now() < end); })'
  const { child } = await run(
    `const { spawn } = require('node:child_process');
     spawn(process.execPath, ['--eval', ${JSON.stringify(LOOP)}], { stdio: ['ignore', 'inherit', 'inherit'] })`,
  )
  const table = new ProcessTable()
  await table.refresh()
  const before = table.readCpuMs(child.pid!)
  await waitFor('half a second of it', () => table.readCpuMs(child.pid!) > before + 500)
  expect(table.readCpuMs(2 ** 22 + 1)).toBe(0) // nobody's
})
