import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findGo } from '../../../src/builder/bundle/go/index.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'

const CLIENT = fileURLToPath(new URL('../../fixtures/go/lambda', import.meta.url))

if ((await findGo()) === undefined)
  throw new Error('These tests compile programs in Go: install the package golang-go (.ci/run does).')

/** A project whose functions in Go have a runtime client of their own: no module can be downloaded where tests run. */
export async function writeGoProject(
  functions: Record<string, string>,
  files: ProjectFiles = {},
  whenDone?: (remove: () => Promise<void>) => void,
): Promise<string> {
  const sources = Object.entries(functions).map(([name, body]) => [`netlify/functions/${name}/main.go`, body])
  const all = {
    'go.mod': 'module project.example\n\ngo 1.18\n',
    ...Object.fromEntries(sources),
    ...files,
  }
  const dir = await writeProject(all, whenDone)
  await cp(CLIENT, join(dir, 'lambda'), { recursive: true })
  return dir
}

/** A whole main.go around the body of a handler: `func(event lambda.Event) (any, error)`. */
export function goHandler(body: string, { imports = [] as string[], top = '' } = {}): string {
  const lines = imports.map((path) => `\t${JSON.stringify(path)}\n`).join('')
  return `package main

import (
${lines}\t"project.example/lambda"
)

${top}

func main() {
\tlambda.Start(func(event lambda.Event) (any, error) {
${body}
\t})
}
`
}
