import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = resolve(root, 'src')

it('the table of docs/architecture.md names each folder of src once, with the wing before its folders, and no other', () => {
  const rows = readRows(readFileSync(resolve(root, 'docs/architecture.md'), 'utf8'))
  const named = rows.filter(({ what }) => !what.endsWith('(to come)')).map(({ folder }) => folder)
  expect(named.toSorted()).toEqual(listFolders('').toSorted())
  for (const [i, folder] of named.entries())
    expect(named.slice(0, i), `the parent of ${folder} stands before it`).toEqual(
      expect.arrayContaining(folder.includes('/') ? [folder.slice(0, folder.lastIndexOf('/'))] : []),
    )
})

it('what is to come is not there yet', () => {
  const rows = readRows(readFileSync(resolve(root, 'docs/architecture.md'), 'utf8'))
  const planned = rows.filter(({ what }) => what.endsWith('(to come)')).map(({ folder }) => folder)
  expect(planned.filter((folder) => listFolders('').includes(folder))).toEqual([])
})

/** Rows of the table: `| folder | what |`. */
function readRows(page: string): { folder: string; what: string }[] {
  const rows = page.matchAll(/^\| `([a-z][\w/-]*)` \| (.*) \|$/gm)
  return Array.from(rows, ([, folder, what]) => ({ folder: folder!, what: what! }))
}

/** Folders below a folder of src, at any depth. */
function listFolders(parent: string): string[] {
  return readdirSync(join(src, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const folder = parent === '' ? name : `${parent}/${name}`
      return [folder, ...listFolders(folder)]
    })
}
