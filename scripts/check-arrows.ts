// Draws every import below src/ and fails on three things: an arrow that climbs the page, an import of another
// folder's insides, and a ring. The page is the list of wings in docs/architecture.md.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

/** Wings from top to bottom: a file imports from its own wing or from one further down. */
const WINGS = [
  'cli',
  'dev',
  'host',
  'api',
  'gateway',
  'jobs',
  'builder',
  'compute',
  'platform',
  'artifact',
  'store',
  'observe',
  'base',
]
/** The package's public face: what user code imports. It stands beside the wings and imports none of them. */
const FACE = 'exports'
/** Wings that are one folder each; in the others every folder has walls of its own. */
const WHOLE = new Set(['cli', 'dev', 'host', 'store', FACE])
/** Wings and folders that fewer may enter than the order of wings allows: by which wings. */
const ONLY_FROM: Record<string, string[]> = {
  builder: ['cli', 'dev', 'host'], // the request path meets the build in `artifact`
  'compute/runtime': [], // another program: started, never imported
}
/** compute/runtime imports these only: it runs on old Nodes, without our dependencies. */
const ONLY_TO: Record<string, string[]> = { 'compute/runtime': ['compute/protocol', 'compute/lambda'] }

/** `import … from '…'` and `export … from '…'`, `import '…'`, `import('…')`; relative ones only. */
const IMPORTS =
  /^(?:import|export)\s[^'";]*?\bfrom\s+['"](\.[^'"]+)['"]|^import\s+['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]/gm

interface Arrow {
  from: string
  to: string
}

const files = list(src).filter((file) => file.endsWith('.ts'))
const arrows = files.flatMap(readArrows)
const problems = [...checkArrows(arrows), ...findRings(arrows)]
for (const problem of problems) console.error(problem)
console.log(`import arrows: ${files.length} files, ${arrows.length} arrows, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

function list(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? list(join(dir, entry.name)) : [join(dir, entry.name)],
  )
}

function readArrows(file: string): Arrow[] {
  const text = readFileSync(file, 'utf8')
  const found: Arrow[] = []
  for (const match of text.matchAll(IMPORTS)) {
    const target = match[1] ?? match[2] ?? match[3]
    if (target !== undefined)
      found.push({ from: relative(src, file), to: relative(src, resolve(dirname(file), target)) })
  }
  return found
}

function folderOf(file: string): string {
  const [wing = '', second = ''] = file.split('/')
  return WHOLE.has(wing) || second.includes('.') ? wing : `${wing}/${second}`
}

function checkArrows(all: Arrow[]): string[] {
  const found: string[] = []
  for (const { from, to } of all) {
    const [a, b] = [folderOf(from), folderOf(to)]
    if (a === b || to.startsWith('..')) continue
    const [upper, lower] = [a.split('/')[0] ?? '', b.split('/')[0] ?? '']
    const test = from.endsWith('.test.ts')
    if (upper === FACE || lower === FACE) found.push(`${from} -> ${to}: the public face stands alone`)
    else if (!test && WINGS.indexOf(upper) > WINGS.indexOf(lower))
      found.push(`${from} -> ${to}: climbs from ${upper} to ${lower}`)
    if (!to.endsWith('/index.ts') && !test)
      found.push(`${from} -> ${to}: import ${b}/index.ts, not its insides`)
    for (const name of [lower, b])
      if (ONLY_FROM[name] && upper !== name && !ONLY_FROM[name].includes(upper) && !test)
        found.push(`${from} -> ${to}: ${name} is imported by ${ONLY_FROM[name].join(', ') || 'nobody'} only`)
    if (ONLY_TO[a] && !ONLY_TO[a].includes(b))
      found.push(`${from} -> ${to}: ${a} imports ${ONLY_TO[a].join(', ')} only`)
  }
  return found
}

/** Rings among files, found by depth-first search; each is reported once. */
function findRings(all: Arrow[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of all) next.set(from, [...(next.get(from) ?? []), to])
  const state = new Map<string, 'open' | 'done'>()
  const rings: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      rings.push(`ring: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
      return
    }
    state.set(file, 'open')
    for (const target of next.get(file) ?? []) visit(target, [...path, file])
    state.set(file, 'done')
  }
  for (const file of next.keys()) visit(file, [])
  return rings
}
