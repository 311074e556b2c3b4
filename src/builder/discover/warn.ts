import { isReachableName } from '../../artifact/routes/index.ts'
import { suggest } from '../../base/lib/index.ts'
import type { BuildWarning, FunctionTable } from '../project/index.ts'
import type { FunctionSource } from './function-source.ts'
import { pickAsNetlify } from './precedence.ts'

/** How messages name a file: relative to the project. */
type Show = (file: string) => string

/** Netlify drops losers without a word (build.md §2.4); a user who edits the wrong file should know. */
export function warnOfRivals(
  winner: FunctionSource,
  rivals: readonly FunctionSource[],
  show: Show,
): BuildWarning[] {
  const { name } = winner
  const warnings = rivals
    .filter((loser) => loser !== winner && loser.category === winner.category)
    .map(
      (loser): BuildWarning => ({
        code: 'FUNCTION_SHADOWED',
        message: `${show(loser.mainFile)} is ignored: ${show(winner.mainFile)} is the function "${name}" too, and takes precedence.`,
        functionName: name,
        file: loser.mainFile,
      }),
    )
  const theirs = pickAsNetlify(rivals)
  if (theirs === undefined || theirs === winner) return warnings
  return [
    ...warnings,
    {
      code: 'FUNCTION_CHOICE_DIFFERS',
      message: `Roost uses ${show(winner.mainFile)} for the function "${name}"; Netlify would use ${show(theirs.mainFile)}.`,
      functionName: name,
      file: theirs.mainFile,
    },
  ]
}

/** Names with other signs are functions too, but their default URL is refused (build.md §2.6, D4). */
export function warnOfName({ name, mainFile }: FunctionSource, show: Show): BuildWarning[] {
  if (isReachableName(name)) return []
  return [
    {
      code: 'FUNCTION_NAME_UNREACHABLE',
      message: `${show(mainFile)} makes a function called "${name}", whose default URL responds with 400: use only letters, digits, - and _, or move the file out of the functions directory if it is not a function.`,
      functionName: name,
      file: mainFile,
    },
  ]
}

/** A table for one function that there is not is most likely a slip. */
export function warnOfTables(
  tables: readonly FunctionTable[],
  names: readonly string[],
  show: Show,
): BuildWarning[] {
  return tables.flatMap(({ pattern, place }) => {
    if (place === undefined || /[*?[\]{}!()+@]/.test(pattern) || names.includes(pattern)) return []
    const message = `${show(place.file)}:${place.line}: no function has the name of this table, "${pattern}".${suggest(pattern, names)}`
    return [{ code: 'FUNCTION_TABLE_UNUSED', message, ...place }]
  })
}
