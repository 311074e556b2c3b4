import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `own`: nothing but the project's code. `packages`: every function uses the same few packages as well. */
export type Kind = 'own' | 'packages'

const HELPERS = 12
/** Small ones in one file and one of many files, as projects have them. */
const PACKAGES = ['valibot', 'smol-toml', 'croner']
const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url))

/** Writes a project of `count` functions in TypeScript into an empty folder. Always the same for the same numbers. */
export function writeProject(dir: string, kind: Kind, count: number): void {
  const write = (path: string, text: string): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  write('package.json', '{ "name": "bench", "private": true, "type": "module" }\n')
  write('tsconfig.json', '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }\n')
  write('netlify.toml', '[build]\npublish = "public"\n')
  for (let n = 0; n < HELPERS; n++) write(`lib/helper-${n}.ts`, writeHelper(n))
  for (let n = 0; n < count; n++) write(`netlify/functions/fn-${n}.mts`, writeFunction(n, kind))
  if (kind === 'packages')
    for (const name of PACKAGES)
      cpSync(join(MODULES, name), join(dir, 'node_modules', name), { recursive: true })
}

/** Changes one function, each time in another way. @returns its absolute path. */
export function editProject(dir: string, edit: number): string {
  const file = join(dir, 'netlify/functions/fn-0.mts')
  const text = readFileSync(file, 'utf8').replace(/const EDIT = \d+/, `const EDIT = ${edit}`)
  writeFileSync(file, text)
  return file
}

function writeHelper(n: number): string {
  const next = n + 1 < HELPERS ? n + 1 : undefined
  const functions = Array.from(
    { length: 12 },
    (_, i) => `export function step${i}(input: Record<string, number>, factor: number = ${i}): number {
  let sum = 0
  for (const [key, value] of Object.entries(input)) {
    if (key.startsWith('skip-${n}')) continue
    sum += value * factor + ${i}
  }
  return Math.round(sum)
}
`,
  )
  const imported = next === undefined ? '' : `import { step0 as next } from './helper-${next}.ts'\n`
  const chain = next === undefined ? 'input.x ?? 0' : 'next(input) + 1'
  return `${imported}export interface Shape${n} { x: number; y?: string }
${functions.join('\n')}
export const chain = (input: Record<string, number>): number => ${chain}
`
}

function writeFunction(n: number, kind: Kind): string {
  const packages =
    kind === 'own'
      ? ''
      : `import * as v from 'valibot'
import { parse } from 'smol-toml'
import { Cron } from 'croner'
`
  const use =
    kind === 'own'
      ? ''
      : `, schema: v.safeParse(v.string(), 'x').success, toml: parse('a = 1'), next: new Cron('0 * * * *').nextRun()`
  return `import { createHash } from 'node:crypto'
import type { Config, Context } from '@netlify/functions'
import { chain } from '@lib/helper-${n % HELPERS}.ts'
import { step1, step2, type Shape${(n + 3) % HELPERS} } from '../../lib/helper-${(n + 3) % HELPERS}.ts'
${packages}
const EDIT = 0

export default async (request: Request, context: Context): Promise<Response> => {
  const shape: Shape${(n + 3) % HELPERS} = { x: Number(context.params.id ?? ${n}) }
  const digest = createHash('sha256').update(request.url).digest('hex')
  return Response.json({ edit: EDIT, digest, sum: step1({ x: shape.x }) + step2({ y: 2 }), chain: chain({ x: shape.x })${use} })
}

export const config: Config = { path: '/fn-${n}/:id', method: ['GET', 'POST'] }
`
}
