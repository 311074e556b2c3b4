// `npm test`: all tests but those of the projects that have commands of their own. Quiet while they pass: a dot each; failures
// whole, the files that failed, how long it took, and as the last line the plain count `N passed, N failed` that CI reads.
// `--project NAME` runs one of those projects; other arguments are vitest's.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { countTests, formatMinutes, type TestReport } from './test-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'roost-test-'))
const report = join(folder, 'report.json')
const given = process.argv.slice(2)
const args = [
  'run',
  ...(given.some((arg) => arg.startsWith('--project')) ? [] : ['--project=!frameworks', '--project=!heavy']),
  ...(given.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=dot']),
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...given,
]
const startedMs = performance.now()
const { status } = spawnSync('vitest', args, { stdio: 'inherit' })

let counts = { passed: 0, failed: 1, failedFiles: [] as string[] }
try {
  counts = countTests(JSON.parse(readFileSync(report, 'utf8')) as TestReport, status === 0)
} catch (error) {
  console.error(`no test report: ${(error as Error).message}`)
}
rmSync(folder, { recursive: true, force: true })
for (const file of counts.failedFiles) console.log(`failed: ${relative(process.cwd(), file)}`)
console.log(`took ${formatMinutes(performance.now() - startedMs)}`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = status === 0 && counts.passed > 0 && counts.failed === 0 ? 0 : 1
