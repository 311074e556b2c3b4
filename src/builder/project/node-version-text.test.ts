import { expect, it } from 'vitest'
import { readNodeVersion } from './node-version-text.ts'

const version = (text: string) => ({ kind: 'version', version: text })

it.each(['22', 'v22', '22.x', 'v22.1.0', 'nodejs22.x', 'node22', 'node@22', '22.*', 'v26.0.0-nightly.1'])(
  '%s is taken as it is',
  (text) => {
    expect(readNodeVersion(text)).toEqual(version(text))
    expect(readNodeVersion(` ${text} `)).toEqual(version(text))
  },
)

it.each([
  ['lts/krypton', '24'],
  ['lts/Jod', '22'],
  ['iron', '20'],
  ['lts/-1', '22'],
  ['lts/-3', '18'],
  ['>=18', '24'],
  ['>= 20.9', '24'],
  ['>=18 <22', '20'],
  ['>=18,<=20', '20'],
  ['<21', '20'],
  ['<=22', '22'],
  ['<=22.5', '20'],
  ['>22', '24'],
  ['>24', '26'],
  ['>=25', '26'],
  ['^20 || ^22', '22'],
  ['^20.1.0', '20'],
  ['~18.20', '18'],
  ['18 - 20', '20'],
  ['20.x || 99.x', '20'],
  ['=22', '22'],
])('%s is %s', (text, expected) => {
  expect(readNodeVersion(text)).toEqual(version(expected))
})

it.each(['lts/*', 'LTS/*', 'lts', '*'])('%s is what functions run on anyway', (text) => {
  expect(readNodeVersion(text)).toEqual({ kind: 'default' })
})

it.each(['node', 'stable', 'latest', 'current', 'system'])('%s is whatever is newest', (text) => {
  expect(readNodeVersion(text)).toEqual({ kind: 'newest' })
})

it.each(['lts/argon', 'iojs-legacy', 'lts/-9', '>=99', '^21', 'twenty', '<', '||', '>=18 or so'])(
  '%s is not understood',
  (text) => {
    expect(readNodeVersion(text)).toEqual({ kind: 'unknown' })
  },
)
