/**
 * CommonJS names for ES module output: code that says `require`, `__filename` or `__dirname` without declaring them
 * works in an ESM function, as on Netlify (build.md §10). Unlike there, a bundle that declares them itself works too
 * (build.md case X12): esbuild replaces only names that nobody declared (its `define`), under names of our own, and
 * what the output does not use is not added.
 */
const FILENAME = '__roost_filename'
export const DIRNAME = '__roost_dirname'
const CREATE_REQUIRE = '__roost_createRequire'
const TO_PATH = '__roost_fileURLToPath'

/** esbuild's `define`. `require` is absent: esbuild itself turns it into `__require` and renames users' own. */
export const SHIM_NAMES = { __filename: FILENAME, __dirname: DIRNAME }

/** Puts the declarations that `code` needs in front of it and moves the source map down by as many lines. */
export function addPrelude(
  code: string,
  map: string | undefined,
  format: 'esm' | 'cjs',
): { code: string; map: string | undefined } {
  const hashbang = /^#!.*\n/.exec(code)?.[0] ?? ''
  const body = code.slice(hashbang.length)
  const prelude = format === 'esm' ? writeEsmPrelude(body) : writeCjsPrelude(body)
  if (prelude.length === 0 && hashbang === '') return { code, map }
  const lines = prelude.length === 0 ? '' : `${prelude.join('\n')}\n`
  return { code: lines + body, map: map && moveMap(map, prelude.length - (hashbang === '' ? 0 : 1)) }
}

/**
 * esbuild's output, before the prelude, as the trace can read it: it knows the CommonJS names and plain `require`, and
 * evaluates `path.join(__dirname, "x")` where it cannot `import_path.default.join(…)` of a `__toESM(…)`.
 */
export function withoutShims(code: string): string {
  return code
    .replaceAll(/\b__require\b/g, 'require')
    .replaceAll(/__toESM\((require\("[^"]+"\))(?:, 1)?\)/g, '$1')
    .replaceAll(/\b(import_\w+)\.default\b/g, '$1')
    .replaceAll(FILENAME, '__filename')
    .replaceAll(DIRNAME, '__dirname')
}

/** CommonJS has the names; only files that got their own (own-dirname-plugin.ts) ask for the bundle's. */
function writeCjsPrelude(code: string): string[] {
  return code.includes(DIRNAME) ? [`var ${DIRNAME} = __dirname;`] : []
}

function writeEsmPrelude(code: string): string[] {
  const usesFilename = code.includes(FILENAME) || code.includes(DIRNAME)
  const lines: string[] = []
  if (usesFilename) {
    lines.push(`import { fileURLToPath as ${TO_PATH} } from "node:url";`)
    lines.push(`var ${FILENAME} = ${TO_PATH}(import.meta.url);`)
    lines.push(`var ${DIRNAME} = ${TO_PATH}(new URL(".", import.meta.url)).replace(/(.)[\\\\/]$/, "$1");`)
  }
  if (/\b__require\b/.test(code)) {
    lines.push(`import { createRequire as ${CREATE_REQUIRE} } from "node:module";`)
    lines.push(`var require = ${CREATE_REQUIRE}(import.meta.url);`)
  }
  return lines
}

/** Each `;` of a source map's mappings ends one line of the output. */
function moveMap(map: string, lines: number): string {
  const json = JSON.parse(map) as { mappings: string }
  json.mappings = lines >= 0 ? ';'.repeat(lines) + json.mappings : json.mappings.replace(/^;/, '')
  return JSON.stringify(json)
}
