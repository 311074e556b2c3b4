/** Where a client is, as far as it is known: the shape that functions see as `context.geo` (runtime.md §3.3). */
export interface Place {
  city?: string
  country?: { code?: string; name?: string }
  postalCode?: string
  subdivision?: { code?: string; name?: string }
  timezone?: string
  latitude?: number
  longitude?: number
}

/** The value of `x-nf-geo`: base64 of JSON, whose key for the postal code is Netlify's. */
export function formatPlace({ postalCode, ...rest }: Place): string {
  const wire = { ...rest, ...(postalCode !== undefined && { postal_code: postalCode }) }
  return Buffer.from(JSON.stringify(wire)).toString('base64')
}

/** Where every client is in development: Netlify's emulators say the same. */
export const MOCK_PLACE: Place = {
  city: 'San Francisco',
  country: { code: 'US', name: 'United States' },
  subdivision: { code: 'CA', name: 'California' },
  latitude: 0,
  longitude: 0,
  timezone: 'UTC',
}

/** A place in a country of the developer's choice: `--country=XX`. */
export function mockCountry(code: string): Place {
  return {
    city: 'Mock City',
    country: { code, name: 'Mock Country' },
    subdivision: { code: 'SD', name: 'Mock Subdivision' },
    latitude: 0,
    longitude: 0,
    timezone: 'UTC',
  }
}
