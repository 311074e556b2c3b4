import type { RuleFinding } from '../finding.ts'
import { findMentions } from '../mentions.ts'
import type { CheckInput } from '../rule.ts'

/** A default URL of this site: of another one when a host other than this machine stands in front. */
const DEFAULT_URL = /(\/\/[\w.-]+(?::\d+)?)?\/\.netlify\/(?:functions|builders)\/([A-Za-z0-9_-]+)/g
const OWN_HOST = /^\/\/(localhost|127\.0\.0\.1)(:\d+)?$/

/** Uses of the default URL of a function that has routes, and is not found there (build.md §6.2). */
export async function findHiddenDefaultUrls(input: CheckInput): Promise<RuleFinding[]> {
  const hidden = new Map(
    input.functions.filter(({ config }) => config.routes.length > 0).map((fn) => [fn.source.name, fn]),
  )
  if (hidden.size === 0) return []
  const mentions = await findMentions(DEFAULT_URL, input.project, input.sources)
  return mentions.flatMap(({ file, line, match: [, host, name = ''] }) => {
    const fn = hidden.get(name)
    if (fn === undefined || (host !== undefined && !OWN_HOST.test(host))) return []
    const path = fn.config.routes[0]?.pattern ?? ''
    return [
      {
        code: 'DEFAULT_URL_HIDDEN' as const,
        message: `${input.show(file)}:${line} uses /.netlify/functions/${name}, which responds with 404 because "${name}" has a path of its own. Use ${path}.`,
        functionName: name,
        file,
        line,
      },
    ]
  })
}
