import { type FrameWriter, type Invoke, writeInvoke as write } from '../../src/compute/protocol/index.ts'

/** Writes a call as its reader gets it: one record. The host has the parts of it in different places. */
export function writeInvoke(writer: FrameWriter, id: number, invoke: Invoke): void {
  write(writer, id, invoke, invoke.startBeforeMs, invoke.body, invoke.isBodyWhole)
}
