/** What a text in `.nvmrc`, `.node-version` or NODE_VERSION asks for. */
export type AskedNode =
  | { kind: 'version'; version: string }
  /** The newest with long-term support: what functions run on anyway. */
  | { kind: 'default' }
  /** Whatever is newest, or is on the machine. */
  | { kind: 'newest' }
  | { kind: 'unknown' }

/** Majors with long-term support, the newest first, and their names; 26 (D16) has none yet. */
const LTS: readonly (readonly [name: string, major: number])[] = [
  ['krypton', 24],
  ['jod', 22],
  ['iron', 20],
  ['hydrogen', 18],
]
/** In the order in which a range takes them: without a name of its own the newest with long-term support. */
const MAJORS = [...LTS.map(([, major]) => major), 26]

/**
 * Reads the forms that version managers know: `22`, `v22.1.0`, `22.x`, `nodejs22.x`; `lts/*`, `lts/jod`, `jod`, `lts/-1`;
 * `node`, `stable`; and ranges, `>=20`, `^20 || ^22`, of which only the majors count (build.md §12).
 */
export function readNodeVersion(text: string): AskedNode {
  const written = text.trim().toLowerCase()
  if (EXACT.test(written)) return { kind: 'version', version: text.trim() }
  if (written === 'lts/*' || written === 'lts' || written === '*') return { kind: 'default' }
  if (NEWEST.has(written)) return { kind: 'newest' }
  const back = /^lts\/-(\d+)$/.exec(written)
  const name = written.replace(/^lts\//, '')
  const major = back === null ? LTS.find(([own]) => own === name)?.[1] : LTS[Number(back[1])]?.[1]
  return toAnswer(major ?? findInRange(written))
}

const EXACT = /^(?:node(?:js)?[-@]?)?v?\d+(?:\.(?:\d+|x|\*)){0,2}(?:[-+][\w.+-]+)?$/
const NEWEST: ReadonlySet<string> = new Set(['node', 'stable', 'latest', 'current', 'system', 'default'])

function toAnswer(major: number | undefined): AskedNode {
  return major === undefined ? { kind: 'unknown' } : { kind: 'version', version: String(major) }
}

/** Undefined for what is not a range, and for a range that has none of them. */
function findInRange(text: string): number | undefined {
  const sets = text.split('||').map(readSet)
  if (sets.some((set) => set === undefined)) return undefined
  return MAJORS.find((major) => sets.some((set) => set!.every((isIn) => isIn(major))))
}

type Comparator = (major: number) => boolean

function readSet(text: string): Comparator[] | undefined {
  const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(text)
  const spread = hyphen === null ? text : `>=${hyphen[1]} <=${hyphen[2]}`
  const parts = spread
    .replace(/([<>=^~])\s+/g, '$1')
    .split(/[\s,]+/)
    .filter((part) => part !== '')
  const comparators = parts.map(readComparator)
  return parts.length > 0 && comparators.every((each) => each !== undefined) ? comparators : undefined
}

/** Compares with the newest release of each major: `>22.1` includes 22; `>22`, `<22` and `<22.1` do not. */
function readComparator(text: string): Comparator | undefined {
  const match = /^(>=|<=|>|<|=|\^|~)?v?(\d+)((?:\.(?:\d+|x|\*)){0,2})$/.exec(text)
  if (match === null) return undefined
  const [, sign, digits, rest] = match
  const bound = Number(digits)
  const isWhole = !/\.\d/.test(rest!)
  if (sign === '>=') return (major) => major >= bound
  if (sign === '>') return (major) => (isWhole ? major > bound : major >= bound)
  if (sign === '<=') return (major) => (isWhole ? major <= bound : major < bound)
  if (sign === '<') return (major) => major < bound
  return (major) => major === bound
}
