import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../src/cli/main.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8')

const program = new Command('roost').option('-v, --version').option('-h, --help')
for (const add of COMMANDS) add(program)

/** docs/contract says what is promised, so it names what is not there yet; docs/adr says what was. */
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'bench/*.md'], { cwd: root }).filter(
  (path) => !/^docs\/(contract|adr)\//.test(path),
)
const SOURCES = globSync(['src/**/*.ts', 'bin/*.js'], { cwd: root }).filter(
  (path) => !path.endsWith('.test.ts'),
)

describe('commands in pages and messages', () => {
  it.each(PAGES)('%s names commands of roost that exist, with flags that they have', (page) => {
    const problems = findCommands(read(page))
      .filter(({ line }) => !isPlanned(line))
      .flatMap(checkCommand)
    expect(problems).toEqual([])
  })

  it('so do messages, hints and help', () => {
    const problems = SOURCES.flatMap((path) =>
      findCommands(read(path)).flatMap((found) =>
        checkCommand(found).map((problem) => `${path}: ${problem}`),
      ),
    )
    expect(problems).toEqual([])
  })

  it.each(PAGES)('%s names flags that roost has', (page) => {
    const flags = [...read(page).matchAll(/`(--[a-z][\w-]*)/g)].map(([, flag]) => flag!)
    expect(flags.filter((flag) => !ALL_FLAGS.has(flag) && !FLAGS_OF_OTHERS.has(flag))).toEqual([])
  })

  it('scripts that are named exist in package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...PAGES, ...globSync('docs/adr/*.md', { cwd: root }), ...SOURCES].flatMap((path) =>
      [...read(path).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => ({ path, name: name! })),
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter(({ name }) => !(name in scripts) && !SCRIPTS_OF_USERS.has(name))).toEqual([])
  })
})

/** Flags of Chromium, Node, npm and Docker that pages talk of. */
const FLAGS_OF_OTHERS = new Set(['--no-sandbox', '--enable-source-maps', '--security-opt', '--stop-timeout'])
/** In a project of the reader's. */
const SCRIPTS_OF_USERS = new Set<string>([])

const ALL_FLAGS = new Set(listCommands(program).flatMap(listFlags))

interface FoundCommand {
  /** What follows `roost`. */
  words: string[]
  /** The line that it stands in. */
  line: string
}

/** `roost …` at the start of a code span, a quotation or a line of a code block; `node bin/roost.js …` too. */
function findCommands(text: string): FoundCommand[] {
  return text.split('\n').flatMap((line) => {
    const found = line.matchAll(
      /(?:^(?:\$ )?|[`"'] ?|npx )(?:roost|node bin\/roost\.js) ([a-z-][^`"'|#>;&]*)/g,
    )
    return [...found].map(([, rest]) => ({ words: rest!.trim().split(/[\s,)]+/), line }))
  })
}

/** Says itself that the command is not there. */
function isPlanned(line: string): boolean {
  return /\b(not yet|to come|comes? later|come with)\b/i.test(line)
}

function checkCommand({ words, line }: FoundCommand): string[] {
  let command = program
  const rest = [...words]
  if (rest[0] === 'help') rest.shift()
  while (command.commands.length > 0 && rest.length > 0 && !rest[0]!.startsWith('-')) {
    const name = rest.shift()!
    if (/^[A-Z]/.test(name)) return [] // `roost help COMMAND`
    const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name))
    if (next === undefined) return [`${command.name()} has no command ${name}: ${line.trim()}`]
    command = next
  }
  const flags = rest.flatMap((word) => /^\[?(--?[a-z][\w-]*)/.exec(word)?.[1] ?? [])
  return flags
    .filter((flag) => !listFlags(command).includes(flag))
    .map((flag) => `${command.name()} has no flag ${flag}: ${line.trim()}`)
}

function listCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(listCommands)]
}

function listFlags(command: Command): string[] {
  return [
    '--help',
    '-h',
    ...command.options.flatMap(({ long, short }) => [long, short].filter((flag) => flag != null)),
  ]
}
