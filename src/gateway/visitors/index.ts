export { type GeoDatabase, openGeoDatabase } from './geo-database.ts'
export { createIdentity, type Identity, type IdentityOptions, LOCAL_IDENTITY_URL } from './identity.ts'
export { formatPlace, MOCK_PLACE, mockCountry, type Place } from './place.ts'
export { createTokenVerifier, type TokenVerifier } from './token-verifier.ts'
