export { createHeaderTable, type HeaderTable, type PathHeaders } from './headers/header-table.ts'
export { canApply } from './redirects/compiled-rule.ts'
export { coversRule } from './redirects/covers-rule.ts'
export { CONDITIONS, type RuleListener } from './redirects/explain-rule.ts'
export {
  createRedirectTable,
  type RedirectMatch,
  type RedirectTable,
} from './redirects/redirect-table.ts'
export type { RuleRequest } from './redirects/rule-request.ts'
export type { RuleTarget } from './redirects/rule-target.ts'
export {
  formatRedirect,
  type HeaderRule,
  isProxy,
  isRedirect,
  NO_RULES,
  nameSource,
  type RedirectRule,
  type RuleSource,
  rulesSchema,
  type SiteRules,
} from './rule.ts'
