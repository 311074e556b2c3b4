import type { Category } from '../project/index.ts'

/** A function as it lies in the project, before anyone has read its code. */
export interface FunctionSource {
  name: string
  category: Category
  /** `js`: JavaScript or TypeScript. `zip`: prebuilt by Netlify's bundler. `go`: sources. `binary`: an executable. */
  kind: 'js' | 'zip' | 'go' | 'binary'
  /** Absolute: the direct child of the functions directory, a file or a folder. */
  srcPath: string
  /** Absolute: the entry source file. */
  mainFile: string
  /** The main file's extension, with the dot: `.mts`. Empty for binaries. */
  extension: string
  /** Absolute: the functions directory in which it was found. */
  functionsDir: string
}
