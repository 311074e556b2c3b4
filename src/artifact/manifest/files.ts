/** A file of a function's folder. `path` is relative to that folder, with forward slashes; `from` has no links on it. */
export type ArtifactFile =
  | { path: string; kind: 'copy'; from: string; mode: number }
  | { path: string; kind: 'text'; content: string | Uint8Array; mode: number }
  | { path: string; kind: 'link'; target: string }

export interface ContentHash {
  /** Hex. */
  sha256: string
  bytes: number
}
