import { toShellWord } from '../base/lib/index.ts'
import type { ServedFunction, Server } from '../host/index.ts'
import type { Paint } from '../observe/requests/index.ts'
import { formatTable } from './table.ts'
import { readVersion } from './version.ts'

/** More would fill the screen, and nobody reads them at each start. */
const MAX_LISTED = 20

/**
 * What a start prints once a request would be answered: what was built, on which Node, a line for each function, and
 * last what is missing or different here. The address stands in the ready line.
 *
 * @param project as it was given on the command line, for the command that lists all functions.
 */
export function formatStart(server: Server, notes: readonly string[], project: string, paint: Paint): string {
  const { functions } = server
  const head = [
    paint('bold', `Roost ${readVersion()}.`),
    describeBuild(server),
    describeMachine(server),
  ].join(' ')
  const list =
    functions.length > MAX_LISTED
      ? `  ${functions.length} functions. To list them: roost functions:list ${project}\n`
      : listFunctions(functions, paint)
  const tail = notes.map((note) => `${paint('yellow', 'note')} ${note}\n`).join('')
  return `${head}\n${list}${tail}`
}

/** For `--verbose`: a line to try for each function that would answer it. */
export function formatCurlLines({ functions, url }: Server): string {
  return functions
    .flatMap((fn) => fn.examples.map((path) => `  ${formatCurl(fn, `${url}${path}`)}\n`))
    .join('')
}

function describeBuild({ broken, build, functions }: Server): string {
  const what = `${functions.length} function${functions.length === 1 ? '' : 's'}`
  if (functions.length === 0 && broken.length > 0) return 'No function could be built: only files are served.'
  if (functions.length === 0) return 'This project has no functions: only files are served.'
  if (build.kind === 'prebuilt') return `Serving ${what} of an earlier build.`
  const kept = build.unchanged === 0 ? '' : `, ${build.unchanged} of them unchanged`
  return `Built ${what} in ${formatDuration(build.durationMs)}${kept}.`
}

function describeMachine({ nodes, sandbox }: Server): string {
  const others = [...nodes].map(([version, names]) => ` ${version} for ${shorten(names)}.`)
  return `Node ${process.versions.node}${others.length === 0 ? '.' : `;${others.join('')}`} Sandbox: ${sandbox}.`
}

function listFunctions(functions: readonly ServedFunction[], paint: Paint): string {
  const rows = functions.map(({ methods, urls, mainFile = '', note }) => [
    methods.length === 0 ? 'ANY' : methods.join(','),
    urls.length === 0 ? '(no URL: only letters, digits, - and _ are accepted in a name)' : urls.join(' '),
    note === undefined ? mainFile : `${mainFile} (${note})`,
  ])
  const table = formatTable(['', '', ''], rows).split('\n').slice(1, -1)
  return table.map((line) => `  ${line.replace(/^\S+/, (method) => paint('cyan', method))}\n`).join('')
}

function formatDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** A few names, and how many more. */
function shorten(names: readonly string[]): string {
  const more = names.length - 5
  return more > 0 ? `${names.slice(0, 5).join(', ')} and ${more} more` : names.join(', ')
}

function formatCurl({ method, isStreaming }: ServedFunction, url: string): string {
  const flags = `${isStreaming ? '-N ' : ''}${method === 'GET' ? '' : `-X ${method} `}`
  return `curl ${flags}${toShellWord(url)}`
}
