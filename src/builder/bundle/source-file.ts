/** A file that goes into a bundle. */
export interface SourceFile {
  /** Where it lies. */
  path: string
  /** Where it would stand in the project: elsewhere only for packages that lie outside the repository. */
  as: string
}
