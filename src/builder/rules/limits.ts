import { MIB } from '../../base/lib/index.ts'

/** Of one site. Above them a build fails: a site without some of its rules is another site. */
export const RULE_LIMITS = {
  /** Bytes of one `_redirects` or `_headers` file. */
  fileBytes: 10 * MIB,
  redirects: 50_000,
  headerRules: 10_000,
  /** Lines below one path of `_headers`: the parser's time grows with the square of them. */
  headersOfRule: 200,
}
