/** What `bundleLocalCode` makes. */
export interface LocalTarget {
  format: 'esm' | 'cjs'
  /** Where the file will stand: source maps and rewritten imports are relative to it. */
  outputPath: string
  /** Bundle packages that are links to folders outside node_modules, whatever they are written in. */
  bundlesLinked?: boolean
}
