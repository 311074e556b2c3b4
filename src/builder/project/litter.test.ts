import { describe, expect, it } from 'vitest'
import { isLitter } from './litter.ts'

describe('isLitter', () => {
  it.each([
    '.DS_Store',
    'Desktop.ini',
    'desktop.ini',
    'Thumbs.db',
    'ehthumbs.db',
    '._hello.js',
    '__MACOSX',
    'Icon\r',
    '.hello.js.swp',
    '.hello.js.swo',
    'hello.js.swp',
    '.hello.js.swf',
    '.hello.js.kate-swp',
    '.#hello.js',
    '#hello.js#',
    'hello.js~',
    'npm-debug.log',
  ])('%j', (name) => {
    expect(isLitter(name)).toBe(true)
  })

  it.each([
    'hello.js',
    '.env',
    '.hello.js',
    '4913',
    'player.swf',
    'library.swc',
    '#hello.js',
    'thumbs.db.js',
    'icon',
    'swp',
    'a~b.js',
  ])('not %j', (name) => {
    expect(isLitter(name)).toBe(false)
  })
})
