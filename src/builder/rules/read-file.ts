import { readFile, stat } from 'node:fs/promises'
import { RoostError } from '../../base/errors/index.ts'
import { formatBytes } from '../../base/lib/index.ts'
import { RULE_LIMITS } from './limits.ts'

/**
 * The text of a `_redirects` or `_headers` file; undefined: there is none.
 * @throws RULES_TOO_MANY for a file that is too large
 */
export async function readRulesFile(path: string, shownAs: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined) // not there, or nothing that we may look at
  if (found?.isFile() !== true) return undefined
  if (found.size > RULE_LIMITS.fileBytes)
    throw refuseRules(
      `${shownAs} has ${formatBytes(found.size)}, at most ${formatBytes(RULE_LIMITS.fileBytes)} are read`,
      path,
    )
  return readFile(path, 'utf8')
}

/** @throws RULES_TOO_MANY when `count` is above the limit. */
export function checkCount(count: number, limit: number, subject: string, file?: string): void {
  if (count > limit) throw refuseRules(`${subject}: ${count}, at most ${limit} are allowed`, file)
}

function refuseRules(what: string, file: string | undefined): RoostError {
  return new RoostError('RULES_TOO_MANY', `${what}.`, {
    hint: 'Write one rule with "*" or ":name" in place of many, or decide in a function.',
    details: { ...(file !== undefined && { file }) },
  })
}
