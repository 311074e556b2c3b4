import type { Assignment } from '../protocol/index.ts'

/** What the assignment says about every request of the deploy, read once. */
export interface Deployment {
  accountId: string
  deploy: {
    id: string
    context: string
    branch: string
    published: boolean
    skewProtectionToken: string | undefined
  }
  routes: readonly string[]
}

export function readDeployment({ constantHeaders, extras, routes }: Assignment): Deployment {
  const headers = new Map(constantHeaders)
  const read = (name: string): string => headers.get(name) ?? ''
  return {
    accountId: read('x-nf-account-id'),
    deploy: {
      id: read('x-nf-deploy-id'),
      context: read('x-nf-deploy-context'),
      branch: read('x-nf-branch'),
      published: read('x-nf-deploy-published') === '1',
      skewProtectionToken: extras.skewProtectionToken,
    },
    routes,
  }
}
