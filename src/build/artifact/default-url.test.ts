import { expect, it } from 'vitest'
import { listDefaultUrls } from './default-url.ts'

it.each(['hello', 'Hello_2-x', 'long-background'])('decision 4: %s has a default URL', (name) => {
  expect(listDefaultUrls(name)).toEqual([`/.netlify/functions/${name}`])
})

it.each(['dotted.name', 'größe', 'with space', '%41', ''])('decision 4: "%s" has none', (name) => {
  expect(listDefaultUrls(name)).toEqual([])
})
