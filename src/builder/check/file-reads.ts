import { type Expression, placeOf } from '../config/index.ts'
import type { Names } from './names.ts'
import type { ParsedSource } from './sources.ts'
import { isNode, readFirstArgument, walk } from './walk.ts'

export interface FileRead {
  /** What names the file or folder. */
  argument: Expression
  line: number
  column: number
}

/** Calls whose first argument is a file or folder that has to be there. */
const READERS =
  /^(fs(\/promises)?\.(readFile|createReadStream|readdir|opendir)(Sync)?|worker_threads\.Worker|child_process\.fork)$/

/** Where a file reads files, whatever they are. */
export function listFileReads({ program }: ParsedSource, names: Names): FileRead[] {
  const reads: FileRead[] = []
  walk(program, (node) => {
    if (!isNode(node, 'CallExpression') && !isNode(node, 'NewExpression')) return
    const name = names.nameCallee(node.callee)
    const argument = readFirstArgument(node)
    if (name !== undefined && argument !== undefined && READERS.test(name))
      reads.push({ argument, ...placeOf(node) })
  })
  return reads
}
