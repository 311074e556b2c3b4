/**
 * A filter of system calls for `bwrap --seccomp` (classic BPF, seccomp(2)): what an instance could hide memory in,
 * where nothing counts it. Undefined for a processor whose numbers are not known here.
 *
 * - A user namespace lets it mount file systems in memory of any size. `clone3` takes its flags where a filter cannot see them:
 *   it is said to be missing, as container engines say, and libraries take `clone` then.
 * - System V segments outlive every process, and nobody outside of its ipc namespace can list them. Those of a page stay:
 *   they serve as locks (PostgreSQL), and the kernel allows 4096 of them, 16 MB in all.
 * - Memory of `memfd_secret` is in no figure that tells it from a file's: as if the kernel had none.
 *
 * @param limitsMemory the kernel counts what the instance takes, by cgroup: neither is a way around that.
 */
export function makeCallFilter(
  limitsMemory: boolean,
  processor: string = process.arch,
): Uint8Array | undefined {
  const abi = ABIS[processor]
  if (abi === undefined) return undefined
  const { arch, numbers } = abi
  return encode([
    [LOAD, 0, 0, ARCH_AT],
    [IF_EQUAL, 1, 0, arch],
    [RETURN, 0, 0, ERROR | ENOSYS], // of another processor's ABI the numbers are others
    [LOAD, 0, 0, NUMBER_AT],
    [IF_AT_LEAST, 0, 1, X32_BIT],
    [RETURN, 0, 0, ERROR | ENOSYS],
    ...refuse(numbers.clone3, ENOSYS),
    ...refuseIfSet(numbers.clone, 0, CLONE_NEWUSER, EPERM),
    ...refuseIfSet(numbers.unshare, 0, CLONE_NEWUSER, EPERM),
    ...(limitsMemory ? [] : refuseIfLarger(numbers.shmget, 1, MAX_SEGMENT_BYTES, EINVAL)),
    ...(limitsMemory ? [] : refuse(numbers.memfdSecret, ENOSYS)),
    [RETURN, 0, 0, ALLOW],
  ])
}

/** As if `kernel.shmmax` were this: shmget(2) says EINVAL then. */
const MAX_SEGMENT_BYTES = 4096

/** `AUDIT_ARCH_…` of linux/audit.h, and numbers of asm/unistd.h. */
const ABIS: Record<
  string,
  | { arch: number; numbers: Record<'clone' | 'clone3' | 'unshare' | 'shmget' | 'memfdSecret', number> }
  | undefined
> = {
  x64: { arch: 0xc000003e, numbers: { clone: 56, clone3: 435, unshare: 272, shmget: 29, memfdSecret: 447 } },
  arm64: {
    arch: 0xc00000b7,
    numbers: { clone: 220, clone3: 435, unshare: 97, shmget: 194, memfdSecret: 447 },
  },
}
/** The x32 ABI of x64: the same calls by numbers with this bit. On arm64 no call has so high a number. */
const X32_BIT = 0x40000000
const CLONE_NEWUSER = 0x10000000
const [EPERM, EINVAL, ENOSYS] = [1, 22, 38]

/** Operation codes, from linux/bpf_common.h and linux/seccomp.h. */
const [LOAD, RETURN] = [0x20, 0x06]
const [IF_EQUAL, IF_LARGER, IF_AT_LEAST, IF_SET] = [0x15, 0x25, 0x35, 0x45]
const [ALLOW, ERROR] = [0x7fff0000, 0x00050000]
/** Where struct seccomp_data holds what; both processors are little-endian. */
const [NUMBER_AT, ARCH_AT, ARGUMENTS_AT] = [0, 4, 16]

/** How many instructions to skip when the comparison holds, and when it does not. */
type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number]

// Each rule finds the call's number loaded and leaves it so.

function refuse(call: number, error: number): Instruction[] {
  return [
    [IF_EQUAL, 0, 1, call],
    [RETURN, 0, 0, ERROR | error],
  ]
}

function refuseIfSet(call: number, argument: number, bits: number, error: number): Instruction[] {
  return [
    [IF_EQUAL, 0, 4, call],
    [LOAD, 0, 0, ARGUMENTS_AT + argument * 8],
    [IF_SET, 0, 1, bits],
    [RETURN, 0, 0, ERROR | error],
    [LOAD, 0, 0, NUMBER_AT],
  ]
}

function refuseIfLarger(call: number, argument: number, max: number, error: number): Instruction[] {
  const at = ARGUMENTS_AT + argument * 8
  return [
    [IF_EQUAL, 0, 6, call],
    [LOAD, 0, 0, at + 4],
    [IF_EQUAL, 0, 2, 0],
    [LOAD, 0, 0, at],
    [IF_LARGER, 0, 1, max],
    [RETURN, 0, 0, ERROR | error],
    [LOAD, 0, 0, NUMBER_AT],
  ]
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, ifTrue, ifFalse, value], i) => {
    bytes.writeUInt16LE(code, i * 8)
    bytes[i * 8 + 2] = ifTrue
    bytes[i * 8 + 3] = ifFalse
    bytes.writeUInt32LE(value, i * 8 + 4)
  })
  return bytes
}
