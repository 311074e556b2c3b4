export { createTargetPolicy, type PolicyOptions, type TargetPolicy } from './policy.ts'
export type { ProxiedRequest, ProxyReply, ProxySite } from './proxied-request.ts'
export { createProxy, type ProxyOptions, type RequestProxy } from './proxy.ts'
