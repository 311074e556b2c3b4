import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/helpers/temporary-folder.ts'
import { prepareDataDir } from './folders.ts'

let root: string
beforeEach(() => {
  root = temporaryFolder('folders')
})

const invalid = (message: string) => expect.objectContaining({ code: 'DATA_DIR_INVALID', message })

describe('prepareDataDir', () => {
  it('makes what is missing, as often as it is asked', () => {
    const dir = join(root, 'a/b/data')
    for (const _time of ['first', 'second']) expect(prepareDataDir(dir)).toBe(dir)
    expect(existsSync(join(dir, 'instances'))).toBe(true)
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe('*\n')
  })

  it.each(['instances', 'blobs', 'blobs/sha256', 'blobs/drafts', 'node'])(
    'says that %s is a file',
    (name) => {
      const path = join(root, name)
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, '')
      expect(() => prepareDataDir(root)).toThrow(
        invalid(`${path} is a file: expected a folder for the data of Roost.`),
      )
    },
  )

  it('says which part of the path is not a folder', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => prepareDataDir(join(root, 'file/below/it'))).toThrow(
      invalid(`${root}/file is a file: expected a folder for the data of Roost.`),
    )
    expect(() => prepareDataDir('/dev/null')).toThrow(
      invalid('/dev/null is not a folder: expected a folder for the data of Roost.'),
    )
    symlinkSync(join(root, 'nothing'), join(root, 'link'))
    expect(() => prepareDataDir(join(root, 'link'))).toThrow(
      invalid(
        `${root}/link is a link to something that does not exist: expected a folder for the data of Roost.`,
      ),
    )
  })

  it('does not try for ever where the system makes no folders', () => {
    expect(() => prepareDataDir('/proc/roost/data')).toThrow(
      invalid('/proc/roost cannot be created (ENOENT): expected a folder for the data of Roost.'),
    )
  })
})
