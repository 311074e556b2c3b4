import { formatBytes, KIB } from '../../../base/lib/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'

/** Names and values together, for functions on Netlify (runtime.md §12.3). */
const MOST_BYTES = 4 * KIB

const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,254}$/

/** Netlify's own; compared without regard to case (runtime.md §12.3). */
const RESERVED = new Set(
  `AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION
  AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  AWS_LAMBDA_RUNTIME_API NETLIFY BUILD_ID CONTEXT REPOSITORY_URL BRANCH HEAD COMMIT_REF CACHED_COMMIT_REF PULL_REQUEST
  REVIEW_ID URL DEPLOY_URL DEPLOY_PRIME_URL DEPLOY_ID SITE_NAME SITE_ID NETLIFY_IMAGES_CDN_DOMAIN INCOMING_HOOK_TITLE
  INCOMING_HOOK_URL INCOMING_HOOK_BODY`.split(/\s+/),
)

/** Variables, as far as they were named, that Netlify would refuse. */
export function findRefusedVariables({ variables = {} }: CheckInput): RuleFinding[] {
  const findings: RuleFinding[] = []
  for (const name of Object.keys(variables)) {
    if (!NAME.test(name))
      findings.push({
        code: 'ENV_NAME_INVALID',
        message: `Netlify refuses a variable called ${name}: use letters, digits and _, a letter first, 255 at most.`,
      })
    else if (RESERVED.has(name.toUpperCase()))
      findings.push({
        code: 'ENV_NAME_RESERVED',
        message: `Netlify keeps the name ${name} for itself and refuses a variable of that name. Choose another one.`,
      })
  }
  const bytes = Object.entries(variables).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  if (bytes > MOST_BYTES)
    findings.push({
      code: 'ENV_TOO_LARGE',
      message: `The variables are ${formatBytes(bytes)} together; functions on Netlify take ${formatBytes(MOST_BYTES)}. Keep large values in files or in a store.`,
    })
  return findings
}
