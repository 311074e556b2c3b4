import { describe, expect, it } from 'vitest'
import { parseSource } from '../config/index.ts'
import { evaluatePath, type Text } from './evaluate-path.ts'
import { listFileReads } from './file-reads.ts'
import { readNames } from './names.ts'

const WORLD = { cwd: '/site', file: '/site/functions/a.mts' }

/** What `readFileSync(EXPRESSION)` reads in a file that imports the usual names and begins with `before`. */
function evaluate(expression: string, before = ''): Text | undefined {
  const parsed = parseSource(`import fs, { readFileSync } from 'node:fs'
import * as path from 'path'
import { join } from 'node:path'
import { fileURLToPath } from 'url'
${before}
readFileSync(${expression})`)
  if ('problem' in parsed) throw new Error(parsed.problem.message)
  const source = { file: WORLD.file, program: parsed.program }
  const names = readNames(parsed.program)
  const [read] = listFileReads(source, names)
  return read && evaluatePath(read.argument, WORLD, names)
}

describe('evaluatePath', () => {
  it.each([
    ['"data/x.txt"', '/site/data/x.txt'],
    ['`./data/x.txt`', '/site/data/x.txt'],
    ['"data/" + "x.txt"', '/site/data/x.txt'],
    ['path.join(process.cwd(), "data", "x.txt")', '/site/data/x.txt'],
    ['path.resolve("data", "../x.txt")', '/site/x.txt'],
    ['join(__dirname, "x.txt")', '/site/functions/x.txt'],
    ['join(path.dirname(fileURLToPath(import.meta.url)), "x.txt")', '/site/functions/x.txt'],
    ['join(import.meta.dirname, "x.txt")', '/site/functions/x.txt'],
    ['new URL("../x.txt", import.meta.url)', '/site/x.txt'],
    ['fileURLToPath(new URL("x.txt", import.meta.url))', '/site/functions/x.txt'],
    ['new URL("x.txt", import.meta.url).pathname', '/site/functions/x.txt'],
    ['("x.txt" as string)', '/site/x.txt'],
    ['"/etc/hosts"', '/etc/hosts'],
  ])('%s is %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual({ text: expected, isWhole: true })
  })

  it('follows constants of the file, own __dirname among them', () => {
    const before =
      'const __dirname = path.dirname(fileURLToPath(import.meta.url))\nconst at = join(__dirname, "x")'
    expect(evaluate('at', before)).toEqual({ text: '/site/functions/x', isWhole: true })
  })

  it.each([
    ['path.join("content", name)', '/site/content/'],
    [`\`content/post-$\{name}.md\``, '/site/content/post-'],
    [`path.join(process.cwd(), "content", \`$\{name}.md\`)`, '/site/content/'],
    [`new URL(\`./content/$\{name}\`, import.meta.url)`, '/site/functions/content/'],
  ])('of %s it knows the beginning, %s', (expression, expected) => {
    expect(evaluate(expression, 'declare const name: string')).toEqual({ text: expected, isWhole: false })
  })

  it.each([
    ['name', 'declare const name: string'],
    ['process.env.FILE', ''],
    ['file', 'let file = "a"; file = "b"'],
    ['file', 'const file = "a"; function other(file) {}'],
    ['file', 'const file = file'],
    ['new URL("https://example.com/x")', ''],
    ['process.cwd()', 'const process = { cwd: () => "/" }'],
  ])('of %s it says nothing', (expression, before) => {
    expect(evaluate(expression, before)).toBeUndefined()
  })

  it.each([
    'const fs = require("fs"); fs.readFileSync("x")',
    'const { readFileSync: read } = require("node:fs"); read("x")',
    'import { promises as fs } from "fs"; fs.readFile("x")',
    'import fs from "node:fs"; fs.promises.readFile("x")',
    'import { readFile } from "fs/promises"; readFile("x")',
    'import { Worker } from "node:worker_threads"; new Worker("x")',
  ])('knows what reads a file: %s', (text) => {
    const parsed = parseSource(text)
    if ('problem' in parsed) throw new Error(parsed.problem.message)
    const { program } = parsed
    expect(listFileReads({ file: 'x', program }, readNames(program))).toHaveLength(1)
  })

  it('knows what does not', () => {
    const parsed = parseSource('const fs = { readFileSync() {} }; fs.readFileSync("x"); readFile("x")')
    if ('problem' in parsed) throw new Error(parsed.problem.message)
    const { program } = parsed
    expect(listFileReads({ file: 'x', program }, readNames(program))).toEqual([])
  })
})
