/** What `npm test` reads of vitest's JSON report. */
export interface TestReport {
  numPassedTests: number
  numFailedTests: number
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[]
}

/**
 * A file that does not load, or whose hooks fail, has no failed test of its own: it counts as one.
 * @param isSuccess of the whole run. What failed outside of files, such as an error that nobody caught, counts as one too.
 */
export function countTests(
  { numPassedTests, numFailedTests, testResults }: TestReport,
  isSuccess: boolean,
): { passed: number; failed: number; failedFiles: string[] } {
  const failedFiles = testResults.filter(({ status }) => status === 'failed')
  const withoutTest = failedFiles.filter(
    ({ assertionResults }) => !assertionResults.some(({ status }) => status === 'failed'),
  )
  return {
    passed: numPassedTests,
    failed: Math.max(numFailedTests + withoutTest.length, isSuccess ? 0 : 1),
    failedFiles: failedFiles.map(({ name }) => name),
  }
}

export function formatMinutes(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
