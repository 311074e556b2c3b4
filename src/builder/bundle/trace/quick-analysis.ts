import { readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { parse } from 'es-module-lexer'

/** What nft finds out about a file; its own type is not exported. */
export interface Analysis {
  /** Absolute paths of files that the code reads. */
  assets: Set<string>
  /** What it imports, or requires when it is not an ES module. */
  deps: Set<string>
  /** What it imports dynamically. */
  imports: Set<string>
  isESM: boolean
}

/**
 * Words without which an ES module can name no file but by importing it, and packages that nft knows by heart. A word
 * in a comment costs no more than the long way.
 */
const NAMES_FILES = /\b(require|__dirname|__filename|process|Worker|MONGOOSE_DRIVER_PATH)\b/

/** Packages some of whose files nft treats by their name (its special cases; a test compares the lists). */
export const SPECIAL_PACKAGES = new Set([
  '@generated/photon',
  '@serialport/bindings-cpp',
  'argon2',
  'bull',
  'camaro',
  'esbuild',
  'ffmpeg-static',
  'geo-tz',
  'geoip-lite',
  'google-gax',
  'oracledb',
  'phantomjs-prebuilt',
  'pixelmatch',
  'playwright-core',
  'remark-prism',
  'semver',
  'sharp',
  'shiki',
  'socket.io',
  'typescript',
  'uglify-es',
  'uglify-js',
])

/**
 * The analysis of an installed ES module whose imports are all that it can need: only relative ones, written out, and
 * none of the words by which code names files. That is most modules of most packages, and this takes a fiftieth of the
 * time that nft needs to parse and evaluate them, which is half of a cold build. undefined: nft has to look.
 */
export function analyseQuickly(path: string): Analysis | undefined {
  if (!/\.m?js$/.test(path) || SPECIAL_PACKAGES.has(nameOfPackage(path) ?? '')) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined // nft says what it thinks of a file that is not there
  }
  if (NAMES_FILES.test(text)) return undefined
  const found = readImports(text)
  return found && { assets: new Set(), ...found, isESM: true }
}

/** undefined: it is not an ES module, or imports something else than files beside it. */
function readImports(text: string): Pick<Analysis, 'deps' | 'imports'> | undefined {
  let found: ReturnType<typeof parse>
  try {
    found = parse(text)
  } catch {
    return undefined // a syntax that only nft's parser may read
  }
  const [list, , , hasModuleSyntax] = found
  if (!hasModuleSyntax) return undefined
  const deps = new Set<string>()
  const imports = new Set<string>()
  for (const { type, specifier } of list) {
    if (!specifier?.startsWith('.')) return undefined // import.meta, a computed import(), a package or a builtin
    if (type === 'dynamic') imports.add(specifier)
    else deps.add(specifier)
  }
  return { deps, imports }
}

function nameOfPackage(path: string): string | undefined {
  const marker = `${sep}node_modules${sep}`
  const at = path.lastIndexOf(marker)
  if (at === -1) return undefined
  const [first = '', second = ''] = path.slice(at + marker.length).split(sep)
  return first.startsWith('@') ? `${first}/${second}` : first
}
