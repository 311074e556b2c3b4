import { describe, expect, it } from 'vitest'
import { writeProject } from '../../test/helpers/project-files.ts'
import { createPathRewriter } from './project-paths.ts'

const ROOT = process.cwd()
const rewrite = createPathRewriter({ artifactDir: '/a (b)/build', roots: ['/nowhere', ROOT] })

describe('paths in what is logged', () => {
  it.each([
    ['at f (/var/task/function/src/cli/main.ts:3:17)', 'at f (src/cli/main.ts:3:17)'],
    ['at f (/var/task/src/cli/main.ts:3:17)', 'at f (src/cli/main.ts:3:17)'],
    ['at file:///var/task/src/cli/main.ts:3:17', 'at src/cli/main.ts:3:17'],
    ['at f (/a (b)/build/functions/x/0123456789abcdef/src/cli/main.ts:3)', 'at f (src/cli/main.ts:3)'],
    ['at f (/a (b)/build/functions/x/src/cli/main.ts:3)', 'at f (src/cli/main.ts:3)'],
    ['from /var/task/x to /var/task/src/cli/main.ts:3', 'from /var/task/x to src/cli/main.ts:3'],
  ])('%s is where the project has it', (line, shown) => expect(rewrite(line)).toBe(shown))

  it('takes names with spaces, brackets and other letters, also as Node writes them in URLs', async () => {
    const dir = await writeProject({ 'app/(shop) é/[id].mjs': '' })
    const shown = createPathRewriter({ artifactDir: '/a', roots: [dir] })
    const place = `${dir}/app/(shop) é/[id].mjs:1:28`
    expect(shown('at go (/var/task/app/(shop) é/[id].mjs:1:28)')).toBe(`at go (${place})`)
    expect(shown('at go (file:///var/task/app/(shop)%20%C3%A9/[id].mjs:1:28)')).toBe(`at go (${place})`)
    expect(shown('at go (file:///var/task/app/%E0%A4%A.mjs:1:28)')).toContain('%E0%A4%A')
  })

  it.each([
    'at f (/var/task/src/cli/absent.ts:3:17)',
    'at f (/var/task/../../etc/passwd:1)',
    'the file /var/task/src/cli/main.ts',
    'at f (src/cli/main.ts:3)',
  ])('%s stays', (line) => expect(rewrite(line)).toBe(line))

  it('takes time in proportion to the line, whatever user code writes', () => {
    const line = '/var/task/'.repeat(100_000)
    const startedMs = performance.now()
    expect(rewrite(line)).toBe(line)
    expect(performance.now() - startedMs).toBeLessThan(3000)
  })

  it('is absolute where the project lies elsewhere', () => {
    const elsewhere = createPathRewriter({ artifactDir: '/a', roots: ['/'] })
    expect(elsewhere('at f (/var/task/etc/passwd:1)')).toBe('at f (/etc/passwd:1)')
  })
})
