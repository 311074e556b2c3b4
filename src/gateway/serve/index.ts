export { createDeploy, type Deploy, type DeployOptions, type Target } from './deploy.ts'
export { createGateway, type Gateway, type GatewayOptions, type GatewayStats } from './gateway.ts'
