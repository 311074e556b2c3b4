#!/usr/bin/env -S node --
// The -- keeps Node's hands off our flags: without it Node itself reads the file of an --env-file among them.
//
// Checks the Node version, then starts the command line. Plain old JavaScript: it must parse on any Node, so that
// the sentence below reaches whoever starts Roost with an old one.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import nodeModule, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const NEEDED_MAJOR = 24
// A checkout runs its sources; the published package ships dist/ (Node strips no types below node_modules).
const sources = new URL('../src/cli/main.ts', import.meta.url)
const built = new URL('../dist/cli/main.js', import.meta.url)
const isCheckout = existsSync(sources)
const folder = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  useCompileCache()
  endWithStarter()
  const { main } = await import(isCheckout ? sources.href : built.href).catch(explainMissing)
  await main(args)
} else {
  const node = findPinnedNode()
  if (node === undefined) {
    process.stderr.write(
      `Roost needs Node ${NEEDED_MAJOR} or newer; this is ${process.version} (${process.execPath}).\n` +
        `Install it from https://nodejs.org, or on Linux run "npm ci" in ${isCheckout ? folder : 'the project that has Roost'} without --omit=optional: ` +
        `it brings a Node of its own.\n`,
    )
    process.exit(1)
  }
  goOnWith(node)
}

/** A fresh checkout, in which the first command was forgotten. */
function explainMissing(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !isCheckout || existsSync(`${folder}node_modules`)) throw error
  process.stderr.write(`The packages that Roost needs are not installed. Run "npm ci" in ${folder} first.\n`)
  process.exit(1)
}

/**
 * Node keeps what it compiles, types stripped, for the next start: half of it is spent on that. In a folder of this
 * user's, not in Node's default below /tmp, which another user could make first and fill with code.
 */
function useCompileCache() {
  const home = process.env.XDG_CACHE_HOME ?? (process.env.HOME && `${process.env.HOME}/.cache`)
  if (home) nodeModule.enableCompileCache(`${home}/roost/compile`)
}

/** Started by an older Node, as below: when that one is killed outright, nobody is left to stop us. */
function endWithStarter() {
  if (process.channel === undefined) return
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

/** The `node-linux-*` package that npm installed beside us, if any. */
function findPinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `node-${process.platform}-${process.arch}/package.json`,
    )
    const binary = fileURLToPath(new URL('./bin/node', `file://${manifest}`))
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined // not installed for this platform: the caller says what to do
  }
}

/** Runs the same command under `node` and ends as it ends. Signals to us are passed on; the child decides. */
function goOnWith(node) {
  const child = spawn(node, ['--', fileURLToPath(import.meta.url), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`Could not start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
