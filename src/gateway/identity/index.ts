export { createIdentity, type Identity, type IdentityOptions } from './identity.ts'
export { createTokenVerifier, type TokenVerifier } from './verifier.ts'
