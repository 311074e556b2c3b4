export {
  type HeaderRule,
  NO_RULES,
  nameSource,
  type RedirectRule,
  type RuleSource,
  rulesSchema,
  type SiteRules,
} from './rule.ts'
