import { beforeEach, describe, expect, it } from 'vitest'
import { writeProject } from '../../../test/helpers/project-files.ts'
import { type Boundary, createBoundary } from './boundary.ts'

let dir: string
let outside: string
let boundary: Boundary

beforeEach(async () => {
  outside = await writeProject({
    'key.txt': 'key',
    'package/index.js': '',
    'package/key.txt': { link: '../key.txt' },
  })
  dir = await writeProject({
    'a/file': '',
    'a/link': { link: 'file' },
    up: { link: `${outside}/key.txt` },
    folder: { link: outside },
    back: { link: 'folder/in/a/file' },
    circle: { link: 'circle' },
    'node_modules/package': { link: `${outside}/package` },
    'other-way': { link: `${outside}/package` },
  })
  boundary = createBoundary({ repositoryRoot: dir, allowOutsideLinks: false })
})

/** What is said of a path of the repository. */
const find = (path: string) => {
  const outsider = boundary.find(`${dir}/${path}`)
  return (
    outsider &&
    [outsider.path.replace(`${dir}/`, ''), outsider.target?.replace(`${outside}/`, '')].join(' → ')
  )
}

describe('createBoundary', () => {
  it('lets pass what stays inside, by way of links too, and what is not there', () => {
    for (const path of ['a/file', 'a/link', 'nothing', 'a/link/nothing']) expect(find(path)).toBeUndefined()
  })

  it('names the first link that leads out, and where all of them lead', () => {
    expect(find('up')).toBe('up → key.txt')
    expect(find('folder/key.txt')).toBe(`folder → ${outside}`)
    expect(find('folder/nothing')).toBe(`folder → ${outside}`)
    expect(find('back')).toBe('back → in/a/file')
    expect(find('circle')).toBe('circle → ')
    expect(boundary.find(`${outside}/key.txt`)).toEqual({
      path: `${outside}/key.txt`,
      target: `${outside}/key.txt`,
    })
    expect(boundary.find(`${dir}-beside`)).toBeDefined()
    expect(boundary.find(`${dir}/../x`)).toBeDefined()
  })

  it('an admitted package passes by its own link alone, and what it links to does not', () => {
    expect(find('node_modules/package/index.js')).toBe(`node_modules/package → package`)
    boundary.admit(`${dir}/node_modules/package`, `${outside}/package`)
    expect(find('node_modules/package/index.js')).toBeUndefined()
    expect(boundary.find(`${outside}/package/index.js`)).toBeUndefined()
    expect(find('node_modules/package/key.txt')).toBe('node_modules/package/key.txt → key.txt')
    expect(boundary.find(`${outside}/package/key.txt`)).toBeDefined()
    expect(find('other-way/index.js')).toBe('other-way → package')
    expect(boundary.listAdmitted([`${outside}/package/index.js`, `${dir}/a/file`])).toEqual(
      new Map([[`${dir}/node_modules/package`, `${outside}/package`]]),
    )
  })

  it('the repository may be reached through a link itself', async () => {
    const by = await writeProject({ link: { link: dir } })
    const other = createBoundary({ repositoryRoot: `${by}/link`, allowOutsideLinks: false })
    expect(other.find(`${by}/link/a/file`)).toBeUndefined()
    expect(other.find(`${by}/link/up`)).toMatchObject({ path: `${by}/link/up` })
    expect(other.find(`${dir}/up`)).toMatchObject({ path: `${dir}/up` })
  })

  it('allowed, everything passes', () => {
    const open = createBoundary({ repositoryRoot: dir, allowOutsideLinks: true })
    for (const path of [`${dir}/up`, `${outside}/key.txt`, '/dev/zero'])
      expect(open.find(path)).toBeUndefined()
  })
})
