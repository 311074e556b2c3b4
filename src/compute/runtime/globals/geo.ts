import { Buffer } from 'node:buffer'
/** Where the client is, as far as it is known (runtime.md §3.3). */
export interface Geo {
  city?: string
  country?: { code?: string; name?: string }
  postalCode?: string
  subdivision?: { code?: string; name?: string }
  timezone?: string
  latitude?: number
  longitude?: number
}

/** Reads the header `x-nf-geo`: base64 of JSON. What cannot be read is an empty record. */
export function parseGeo(header: string | undefined): Geo {
  if (header === undefined) return {}
  try {
    const wire: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
    if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) return {}
    const { postal_code: postalCode, ...rest } = wire as Geo & { postal_code?: string }
    return postalCode === undefined ? rest : { ...rest, postalCode }
  } catch {
    return {} // not ours to complain about: the function sees a client whose place is unknown
  }
}
