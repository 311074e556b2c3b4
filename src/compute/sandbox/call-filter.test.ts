import { expect, it } from 'vitest'
import { makeCallFilter } from './call-filter.ts'

// A processor of the filter's own, which knows the five instructions that are used. That the kernel takes them too is for
// test/heavy/shared-memory.test.ts, on the machine's processor.

const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 }
const NEWUSER = 0x10000000
const ALLOWED = 'allowed'
const [EPERM, EINVAL, ENOSYS] = [1, 22, 38]

function ask(filter: Uint8Array, arch: number, call: number, args: bigint[] = []): number | typeof ALLOWED {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(call, 0)
  data.writeUInt32LE(arch, 4)
  for (const [i, value] of args.entries()) data.writeBigUInt64LE(value, 16 + i * 8)
  const program = Buffer.from(filter)
  for (let [at, loaded] = [0, 0]; ; at += 8) {
    const [code, ifTrue, ifFalse, value] = [
      program.readUInt16LE(at),
      program[at + 2]!,
      program[at + 3]!,
      program.readUInt32LE(at + 4),
    ]
    const jump = (holds: boolean): void => {
      at += (holds ? ifTrue : ifFalse) * 8
    }
    if (code === 0x20) loaded = data.readUInt32LE(value)
    else if (code === 0x15) jump(loaded === value)
    else if (code === 0x25) jump(loaded > value)
    else if (code === 0x35) jump(loaded >= value)
    else if (code === 0x45) jump((loaded & value) !== 0)
    else return value === 0x7fff0000 ? ALLOWED : value - 0x50000
  }
}

it.each([
  { processor: 'x64', clone: 56, unshare: 272, shmget: 29, exec: 59 },
  { processor: 'arm64', clone: 220, unshare: 97, shmget: 194, exec: 221 },
] as const)(
  'refuses what memory can be hidden in ($processor)',
  ({ processor, clone, unshare, shmget, exec }) => {
    const filter = makeCallFilter(false, processor)!
    const call = (number: number, ...args: bigint[]): unknown => ask(filter, ARCH[processor], number, args)
    expect(call(clone, 0x1200011n)).toBe(ALLOWED)
    expect(call(clone, BigInt(NEWUSER | 17))).toBe(EPERM)
    expect(call(unshare, BigInt(NEWUSER | 0x20000))).toBe(EPERM)
    expect(call(unshare, 0x20000n)).toBe(ALLOWED)
    expect([call(435), call(447)]).toEqual([ENOSYS, ENOSYS])
    expect([call(shmget, 0n, 4096n), call(shmget, 0n, 4097n), call(shmget, 0n, 1n << 32n)]).toEqual([
      ALLOWED,
      EINVAL,
      EINVAL,
    ])
    expect([call(exec), call(0), call(434), call(436)]).toEqual([ALLOWED, ALLOWED, ALLOWED, ALLOWED])
  },
)

it('other numbers for the same calls do not get around it', () => {
  const filter = makeCallFilter(false, 'x64')!
  expect(ask(filter, ARCH.x64, 0x40000000 | 272, [BigInt(NEWUSER)])).toBe(ENOSYS) // x32
  expect(ask(filter, 0x40000003, 310, [BigInt(NEWUSER)])).toBe(ENOSYS) // i386
})

it('leaves segments and secret memory alone where the kernel counts memory', () => {
  const filter = makeCallFilter(true, 'x64')!
  expect([ask(filter, ARCH.x64, 29, [0n, 1n << 30n]), ask(filter, ARCH.x64, 447)]).toEqual([ALLOWED, ALLOWED])
})

it('is not there for a processor that it does not know', () => {
  expect(makeCallFilter(false, 'riscv64')).toBeUndefined()
})
