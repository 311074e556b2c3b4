import type { READS, WRITES } from './operations/index.ts'

type Args<Operation extends (...args: never[]) => unknown> = Parameters<Operation>[1]
type Result<Operation extends (...args: never[]) => unknown> = Awaited<ReturnType<Operation>>

export type WriteName = keyof typeof WRITES
export type ReadName = keyof typeof READS
export type WriteArgs<Name extends WriteName> = Args<(typeof WRITES)[Name]>
export type ReadArgs<Name extends ReadName> = Args<(typeof READS)[Name]>
export type WriteResult<Name extends WriteName> = Result<(typeof WRITES)[Name]>
export type ReadResult<Name extends ReadName> = Result<(typeof READS)[Name]>

/**
 * Durable state. Several processes may have the same one open: the server and a command beside it.
 * Operations are files in operations/; they speak to Kysely only, so that another engine can run them.
 */
export interface Store extends AsyncDisposable {
  /** Resolves once the change is on disk. A rejected one has left no trace. @throws STORE_FAILED */
  write<Name extends WriteName>(name: Name, args: WriteArgs<Name>): Promise<WriteResult<Name>>
  /** Sees everything that was committed before. @throws STORE_FAILED */
  read<Name extends ReadName>(name: Name, args: ReadArgs<Name>): Promise<ReadResult<Name>>
  /** Finishes what has been asked for; idempotent. */
  close(): Promise<void>
}
