import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeGeoDatabase } from '../../../test/helpers/geo-database.ts'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { formatPlace, MOCK_PLACE, mockCountry, openGeoDatabase } from './index.ts'

const folder = temporaryFolder('geo')

function write(bytes: Buffer | string): string {
  const path = join(folder, 'geo.mmdb')
  writeFileSync(path, bytes)
  return path
}

const read = (header: string | undefined): unknown =>
  header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64').toString())

const LONDON = {
  city: { geoname_id: 1, names: { de: 'Londinium', en: 'London' } },
  country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
  location: { latitude: 51.5142, longitude: -0.0931, time_zone: 'Europe/London' },
  postal: { code: 'EC1A' },
  subdivisions: [
    { iso_code: 'ENG', names: { en: 'England' } },
    { iso_code: 'WSM', names: { en: 'Westminster' } },
  ],
}

describe('a geo database', () => {
  it('gives the shape of runtime.md §3.3, in the words of the wire', async () => {
    const { find, description } = await openGeoDatabase(write(makeGeoDatabase({ '81.2.69.0/24': LONDON })))
    expect(description).toBe('Test-City of 2026-05-28')
    expect(read(find('81.2.69.160'))).toEqual({
      city: 'London',
      country: { code: 'GB', name: 'United Kingdom' },
      postal_code: 'EC1A',
      subdivision: { code: 'ENG', name: 'England' },
      timezone: 'Europe/London',
      latitude: 51.5142,
      longitude: -0.0931,
    })
    expect(find('81.2.69.160')).toBe(find('81.2.69.161'))
  })

  it('knows IPv6 addresses, and countries without cities', async () => {
    const database = makeGeoDatabase({ '2a02:cf40::/29': { country: { iso_code: 'NO' } } }, 'Test-Country')
    const { find } = await openGeoDatabase(write(database))
    expect(read(find('2a02:cf40::1'))).toEqual({ country: { code: 'NO' } })
  })

  it('says nothing of addresses that it does not know, or that are none', async () => {
    const { find } = await openGeoDatabase(
      write(makeGeoDatabase({ '81.2.69.0/24': LONDON, '9.9.9.0/24': { country: {} } })),
    )
    expect([find('127.0.0.1'), find('::1'), find('no address')]).toEqual([undefined, undefined, undefined])
  })

  it.each([
    ['is not there', () => join(folder, 'nowhere.mmdb'), /nowhere\.mmdb cannot be used: ENOENT/],
    ['is something else', () => write('<!doctype html>'), /geo\.mmdb cannot be used/],
    ['is empty', () => write(''), /geo\.mmdb cannot be used/],
    [
      'lacks its beginning',
      () => write(makeGeoDatabase({ '81.2.69.0/24': LONDON }).subarray(-300)),
      /geo\.mmdb cannot be used: the file is cut short/,
    ],
    [
      'knows networks, not places',
      () => write(makeGeoDatabase({ '81.2.69.0/24': {} }, 'GeoLite2-ASN')),
      /GeoLite2-ASN does not contain locations/,
    ],
  ])('is refused when it %s', async (_, make, message) => {
    const error: unknown = await openGeoDatabase(make()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'GEO_DATABASE_INVALID', message: expect.stringMatching(message) })
  })
})

it('the places of development are those of the emulators', () => {
  expect(read(formatPlace(MOCK_PLACE))).toEqual({
    city: 'San Francisco',
    country: { code: 'US', name: 'United States' },
    subdivision: { code: 'CA', name: 'California' },
    latitude: 0,
    longitude: 0,
    timezone: 'UTC',
  })
  expect(mockCountry('NO')).toMatchObject({
    city: 'Mock City',
    country: { code: 'NO', name: 'Mock Country' },
    subdivision: { code: 'SD', name: 'Mock Subdivision' },
  })
})
