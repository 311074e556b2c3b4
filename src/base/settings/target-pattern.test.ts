import { expect, it } from 'vitest'
import { isTargetPattern } from './target-pattern.ts'

it.each([
  ...['*', '!*', 'private', '!private', 'localhost', 'a.example', '*.a.example', '!*.A_b-c.example'],
  ...['10.0.0.1', '!10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '::ffff:10.0.0.1', 'fd00::/128'],
])('%s', (text) => expect(isTargetPattern(text)).toBe(true))

it.each([
  ...['', '!', '!!a', 'a b', 'a.*', '*a.example', 'http://a', 'a:80', 'a/8', '.a', 'a.'],
  ...['999.1.1.1', '10.0.0', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', 'fd00::/129', '1:2:3', '[::1]'],
])('not %s', (text) => expect(isTargetPattern(text)).toBe(false))
