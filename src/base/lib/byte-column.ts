/**
 * How many characters of a line its first `bytes` bytes are. Compilers (esbuild, Go) count columns in bytes of UTF-8;
 * editors, and we, count in JavaScript's characters. A line that is shorter than that is not the one that was meant.
 */
export function countCharacters(line: string, bytes: number): number {
  const encoded = Buffer.from(line)
  return encoded.length < bytes ? bytes : encoded.toString('utf8', 0, bytes).length
}
