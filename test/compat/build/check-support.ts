import { checkProject, type Finding } from '../../../src/builder/check/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'

export interface Found {
  code: string
  where: Finding['where']
  /** `file:line`, relative to the project. */
  at: string
  message: string
}

const GAPS = ['SCHEDULE_NOT_FIRED']

/** What is found in a project. Functions are named by their file in netlify/functions. */
export async function check(
  functions: Record<string, string>,
  files: ProjectFiles = {},
  variables?: Record<string, string>,
): Promise<Found[]> {
  const entries = Object.entries(functions).map(([name, text]) => [`netlify/functions/${name}`, text])
  const dir = await writeProject({ 'netlify.toml': '', ...Object.fromEntries(entries), ...files })
  const { findings } = await checkProject({ dir, ...(variables && { variables }) }, buildProject)
  // What every project with a schedule is told has its own test: test/e2e/check.test.ts.
  const others = findings.filter(({ code }) => !GAPS.includes(code))
  return others.map(({ code, where, file, line, message }) => ({
    code,
    where,
    at: file === undefined ? '' : `${file.slice(dir.length + 1)}${line === undefined ? '' : `:${line}`}`,
    message,
  }))
}

export async function codes(...project: Parameters<typeof check>): Promise<string[]> {
  return (await check(...project)).map(({ code }) => code)
}
