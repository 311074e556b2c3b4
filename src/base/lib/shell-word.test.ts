import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { toShellWord } from './shell-word.ts'

it.each(['http://127.0.0.1:8888/a/b.js?x=%20', "/i/it's", '/j/$x', '/srv/my site', '/a"b`c\\d*', "''"])(
  '%s is one word',
  (text) => {
    const printed = execFileSync('sh', ['-c', `printf '<%s>' ${toShellWord(text)}`], { encoding: 'utf8' })
    expect(printed).toBe(`<${text}>`)
  },
)

it('plain words stay plain', () => {
  expect(toShellWord('http://127.0.0.1:8888/a')).toBe('http://127.0.0.1:8888/a')
})
