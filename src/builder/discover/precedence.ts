import type { Category } from '../project/index.ts'
import type { FunctionSource } from './function-source.ts'
import { EXTENSIONS } from './names.ts'

const CATEGORIES: Category[] = ['internal', 'frameworks', 'user']

/**
 * Orders candidates so that of each name the last one wins (D15b): category first, then JavaScript and
 * TypeScript over Go, folders over files, `.js` over `.zip` over `.mjs` … (build.md §2.4), then the later-listed.
 */
export function sortByPrecedence(candidates: readonly FunctionSource[]): FunctionSource[] {
  return candidates.toSorted(
    (a, b) =>
      CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) ||
      Number(isJavaScript(a)) - Number(isJavaScript(b)) ||
      compareForms(a, b),
  )
}

/** What Netlify takes of candidates with one name: it compares forms before categories (build.md §1.2, X6). */
export function pickAsNetlify(candidates: readonly FunctionSource[]): FunctionSource | undefined {
  const listed = candidates.toSorted(
    (a, b) => CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category),
  )
  const sorted = listed.toSorted(compareForms)
  // There Go comes after JavaScript, so the later runtime wins (build.md §2.5).
  return sorted.findLast((candidate) => !isJavaScript(candidate)) ?? sorted.at(-1)
}

function compareForms(a: FunctionSource, b: FunctionSource): number {
  return (
    Number(isFolder(a)) - Number(isFolder(b)) ||
    EXTENSIONS.indexOf(b.extension) - EXTENSIONS.indexOf(a.extension)
  )
}

function isFolder({ srcPath, mainFile }: FunctionSource): boolean {
  return srcPath !== mainFile
}

function isJavaScript({ kind }: FunctionSource): boolean {
  return kind === 'js' || kind === 'zip'
}
