import { expect, it } from 'vitest'
import { listDefaultUrls } from './default-url.ts'

it.each(['hello', 'Hello_2-x', 'long-background'])('D4: %s has a default URL', (name) => {
  expect(listDefaultUrls(name)).toEqual([`/.netlify/functions/${name}`])
})

it.each(['dotted.name', 'größe', 'with space', '%41', ''])('D4: "%s" has none', (name) => {
  expect(listDefaultUrls(name)).toEqual([])
})
