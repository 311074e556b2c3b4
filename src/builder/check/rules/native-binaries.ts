import { join } from 'node:path'
import { type Machine, readMachine } from '../../discover/index.ts'
import type { Where } from '../../project/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckedFunction, CheckInput } from '../rule.ts'

/** Functions on Netlify run on this. */
const NETLIFY: Machine = { platform: 'linux', arch: 'x64' }
const HERE: Machine = { platform: process.platform, arch: process.arch }

/** What may hold compiled code. */
const BINARY = /\.(node|so|dylib|dll)(\.\d+)*$/

/**
 * Compiled code in bundles that fits other machines only. Packages bring it for many platforms at once, in folders or
 * in one package each (`@img/sharp-linux-x64`): enough is one that fits.
 */
export async function findForeignBinaries({ functions }: CheckInput): Promise<RuleFinding[]> {
  return (await Promise.all(functions.map(checkFunction))).flat()
}

async function checkFunction(fn: CheckedFunction): Promise<RuleFinding[]> {
  const families = new Map<string, { file: string; machine: Machine }[]>()
  for (const file of fn.files.filter((path) => BINARY.test(path))) {
    const machine = await readMachine(join(fn.dir, file))
    if (machine === undefined) continue
    const family = nameFamily(file)
    families.set(family, [...(families.get(family) ?? []), { file, machine }])
  }
  return [...families].flatMap(([family, members]) => {
    const fits = (target: Machine) => members.some((member) => isFor(target, member))
    const where = judge(fits(NETLIFY), fits(HERE))
    if (where === undefined) return []
    const brought = [...new Set(members.map(({ machine }) => showMachine(machine)))].join(', ')
    const needed = where === 'here' ? HERE : NETLIFY
    return [
      {
        code: 'NATIVE_OTHER_PLATFORM' as const,
        where,
        message: `"${fn.source.name}" contains compiled code of ${family} for ${brought} (${members[0]?.file}), and none for ${showMachine(needed)}. Install it for that platform: npm install --os=${needed.platform} --cpu=${needed.arch} ${family}.`,
        functionName: fn.source.name,
        file: fn.source.mainFile,
      },
    ]
  })
}

function judge(fitsNetlify: boolean, fitsHere: boolean): Where | undefined {
  if (fitsNetlify) return fitsHere ? undefined : 'here'
  return fitsHere ? 'netlify' : 'both'
}

/** Headers do not tell the C library; names do. */
function isFor(target: Machine, { file, machine }: { file: string; machine: Machine }): boolean {
  return machine.platform === target.platform && machine.arch === target.arch && !/musl/.test(file)
}

/** The package, without the platform in its name: `@img/sharp-linuxmusl-x64` → `@img/sharp`. */
function nameFamily(file: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? file
  return name.replace(/[-.](linux|linuxmusl|darwin|win32|android|freebsd|openharmony)\b.*$/, '')
}

function showMachine({ platform, arch }: Machine): string {
  return `${platform}/${arch}`
}
