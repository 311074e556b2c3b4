export type { Callers } from './callers.ts'
export {
  createDeploy,
  type Deploy,
  type DeployFacts,
  type DeployOptions,
  type Site,
  type Target,
} from './deploy.ts'
export type { AskedRequest } from './explain-request.ts'
export { createGateway, type Gateway, type GatewayOptions, type GatewayStats } from './gateway.ts'
