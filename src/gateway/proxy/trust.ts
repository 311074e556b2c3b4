import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'

/** Whom targets behind https are believed by: what Node knows, what the system knows, and NODE_EXTRA_CA_CERTS. */
export function createTrust(): SecureContext {
  return createSecureContext({
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
  })
}
