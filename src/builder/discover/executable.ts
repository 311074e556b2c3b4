import { open, readFile } from 'node:fs/promises'

/** What compiled code runs on, in Node's names. */
export interface Machine {
  platform: string
  arch: string
}

export interface Executable extends Machine {
  /** Go and Rust programs can be functions (build.md §16); others cannot. */
  language: 'go' | 'rust' | 'other'
}

const ELF_MACHINES: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' }
const MACH_CPUS: Record<number, string> = { 16777223: 'x64', 16777228: 'arm64' }
/** Dynamic libraries, and bundles such as Node addons. */
const MACH_LIBRARIES = new Set([6, 8])
const PE_MACHINES: Record<number, string> = { 34404: 'x64', 43620: 'arm64', 332: 'ia32' }
/** Longer than any header that is looked at. */
const HEAD_BYTES = 1024
const GO_MARK = Buffer.from('\xff Go buildinf:', 'latin1')
const RUST_MARK = Buffer.from('/rustc/')

/** What a file's header says of the machine it runs on, or undefined when it is not a program. */
export async function readExecutable(file: string): Promise<Executable | undefined> {
  const code = readCode(await readHead(file))
  if (code === undefined || !code.isProgram) return undefined
  const { platform, arch } = code
  const bytes = platform === 'linux' ? await readFile(file) : Buffer.alloc(0)
  const language = bytes.includes(GO_MARK) ? 'go' : bytes.includes(RUST_MARK) ? 'rust' : 'other'
  return { platform, arch, language }
}

/** The machine that a program, or a library such as a Node addon, is made for; undefined: it is neither. */
export async function readMachine(file: string): Promise<Machine | undefined> {
  const code = readCode(await readHead(file))
  return code && { platform: code.platform, arch: code.arch }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

type Code = Machine & { isProgram: boolean }

function readCode(head: Buffer): Code | undefined {
  if (head.length < 64) return undefined
  if (head.readUInt32BE(0) === 0x7f454c46) return readElf(head)
  if (head.readUInt32LE(0) === 0xfeedfacf)
    return {
      platform: 'darwin',
      arch: MACH_CPUS[head.readUInt32LE(4)] ?? 'unknown',
      isProgram: !MACH_LIBRARIES.has(head.readUInt32LE(12)),
    }
  if (head.toString('latin1', 0, 2) === 'MZ') return readPe(head)
  return undefined
}

/** Shared objects without a start address are libraries, not programs. */
function readElf(head: Buffer): Code {
  const type = head.readUInt16LE(16)
  const isProgram = type === 2 || (type === 3 && head.readUInt32LE(24) !== 0)
  return { platform: 'linux', arch: ELF_MACHINES[head.readUInt16LE(18)] ?? 'unknown', isProgram }
}

function readPe(head: Buffer): Code | undefined {
  const offset = head.readUInt32LE(0x3c)
  if (offset + 24 > head.length || head.toString('latin1', offset, offset + 2) !== 'PE') return undefined
  const arch = PE_MACHINES[head.readUInt16LE(offset + 4)] ?? 'unknown'
  // Bit 13 of the characteristics: a DLL.
  return { platform: 'win32', arch, isProgram: (head.readUInt16LE(offset + 22) & 0x2000) === 0 }
}
