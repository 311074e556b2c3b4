// `npm test`: all tests but those of the projects that have commands of their own, and as the last line the plain count
// `N passed, N failed` that CI reads. `--project NAME` runs one of those.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'roost-test-'))
const report = join(folder, 'report.json')
const given = process.argv.slice(2)
const args = [
  'run',
  ...(given.some((arg) => arg.startsWith('--project')) ? [] : ['--project=!frameworks', '--project=!heavy']),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...given,
]
const { status } = spawnSync('vitest', args, { stdio: 'inherit' })

interface Report {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites: number
}
let passed = 0
let failed = 1
try {
  const counts = JSON.parse(readFileSync(report, 'utf8')) as Report
  passed = counts.numPassedTests
  // A file that does not load has no failed test of its own, yet it is a failure.
  failed = Math.max(counts.numFailedTests, status === 0 ? 0 : 1)
} catch (error) {
  console.error(`no test report: ${(error as Error).message}`)
}
rmSync(folder, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = status === 0 && passed > 0 && failed === 0 ? 0 : 1
