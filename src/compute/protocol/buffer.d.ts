// Node's fast paths behind Buffer#toString and Buffer#write: one call instead of an encoding look-up. Present, though
// undocumented, in every Node from 18 to 26.
declare global {
  interface Buffer {
    latin1Slice(start?: number, end?: number): string
    utf8Slice(start?: number, end?: number): string
    latin1Write(text: string, offset?: number, length?: number): number
    utf8Write(text: string, offset?: number, length?: number): number
  }
}

export {}
