import type { RuleTarget } from '../../artifact/rules/index.ts'

/** The `Location` of a redirect: a path of this site, or the whole URL of another. ASCII, so that it can be sent. */
export function formatLocation({ origin = '', path, query, fragment }: RuleTarget): string {
  return `${origin}${path}${query}${fragment}`.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}
