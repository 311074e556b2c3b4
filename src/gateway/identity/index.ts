export { createIdentity, type Identity, type IdentityOptions, LOCAL_IDENTITY_URL } from './identity.ts'
export { createTokenVerifier, type TokenVerifier } from './verifier.ts'
