import {
  createIdentity,
  formatPlace,
  type Identity,
  LOCAL_IDENTITY_URL,
  MOCK_PLACE,
  type TokenVerifier,
} from '../visitors/index.ts'

/** What functions are told of whoever calls, as far as the operator has given the means to know. */
export interface Callers {
  /** The `x-nf-geo` of an address, base64 of JSON (runtime.md §3.3). Without it functions see no place. */
  readonly geo?: ((ip: string) => string | undefined) | undefined
  /** The ISO code of its country, for rules that are for some countries only. */
  readonly country?: ((ip: string) => string | undefined) | undefined
  /** Whether to trust a token with roles, for rules that are for some roles only. */
  readonly verify?: TokenVerifier | undefined
  /** The `x-nf-identity-info` of a caller with a bearer token (runtime.md §3.6). Without it callers have no identity. */
  readonly identity?: Identity | undefined
}

/** In development what is not given is played as the emulators play it; in production it is not known. */
export function completeCallers(given: Callers, mode: 'production' | 'dev'): Callers {
  if (mode === 'production') return given
  const { geo = () => MOCK_GEO, country = () => MOCK_PLACE.country?.code, identity = LOCAL_IDENTITY } = given
  return { ...given, geo, country, identity }
}

const MOCK_GEO = formatPlace(MOCK_PLACE)
/** In development a caller has a token, and no `user`: nothing has been verified. */
const LOCAL_IDENTITY = createIdentity({ url: () => LOCAL_IDENTITY_URL })
