import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = resolve(root, 'src')

interface Wing {
  name: string
  what: string
  folders: string[]
}

describe('docs/architecture.md', () => {
  const wings = readWings(readFileSync(resolve(root, 'docs/architecture.md'), 'utf8'))
  const isPlanned = ({ what }: Wing): boolean => what.endsWith('(to come)')

  it('names the folders of src, and no other', () => {
    expect(wings.filter((wing) => !isPlanned(wing)).map(({ name }) => name)).toEqual(
      expect.arrayContaining(listFolders(src)),
    )
    expect(wings.filter((wing) => isPlanned(wing) === listFolders(src).includes(wing.name))).toEqual([])
  })

  it.each(wings.filter((wing) => !isPlanned(wing)))(
    'names the folders of src/$name, and no other',
    (wing) => {
      expect(wing.folders.toSorted()).toEqual(listFolders(resolve(src, wing.name)))
    },
  )
})

/** Rows of the table of wings: `| name | what | folders |`. */
function readWings(page: string): Wing[] {
  const rows = page.matchAll(/^\| `(\w+)` \| (.*) \| ?((?:`[\w-]+`(?:, )?)*) ?\|$/gm)
  return [...rows].map(([, name, what, folders]) => ({
    name: name!,
    what: what!,
    folders: [...folders!.matchAll(/[\w-]+/g)].map(([folder]) => folder),
  }))
}

function listFolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}
