import { readFile } from 'node:fs/promises'
import type { CityResponse, Reader } from 'mmdb-lib'
import { RoostError } from '../../base/errors/index.ts'
import { formatPlace, type Place } from './place.ts'

export interface GeoDatabase {
  /** `GeoLite2-City of 2026-11-03`, for whoever starts it. */
  readonly description: string
  /** The `x-nf-geo` of an address; undefined when nothing is known of it. Never fails. */
  find(ip: string): string | undefined
  /** The ISO code of the address's country; undefined when it is not known. Never fails. */
  findCountry(ip: string): string | undefined
}

/** Clients come back: so many addresses are remembered, the oldest is forgotten first. */
const REMEMBERED = 10_000
/** Kinds of databases that say nothing about places. */
const NO_PLACES = /ASN|ISP|Domain|Connection-Type|Anonymous/i

/**
 * Opens a database in MaxMind's format (GeoLite2, GeoIP2, DB-IP …) that knows cities or countries. It is read into
 * memory once: a newer file counts after a restart.
 *
 * @throws GEO_DATABASE_INVALID
 */
export async function openGeoDatabase(path: string): Promise<GeoDatabase> {
  const reader = await openReader(await readBytes(path), path)
  const { databaseType, buildEpoch } = reader.metadata
  const remembered = new Map<string, string | undefined>()
  return {
    description: `${databaseType} of ${buildEpoch.toISOString().slice(0, 10)}`,
    find(ip) {
      const known = remembered.get(ip)
      if (known !== undefined || remembered.has(ip)) return known
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!)
      const found = look(reader, ip)
      remembered.set(ip, found)
      return found
    },
    findCountry(ip) {
      try {
        return reader.get(ip)?.country?.iso_code
      } catch {
        return undefined // a damaged record: the country is not known
      }
    },
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw invalid(path, (cause as Error).message, cause)
  }
}

async function openReader(bytes: Buffer, path: string): Promise<Reader<CityResponse>> {
  const { Reader } = await import('mmdb-lib')
  let reader: Reader<CityResponse>
  try {
    reader = new Reader<CityResponse>(bytes)
    const { searchTreeSize, databaseType } = reader.metadata
    if (!(searchTreeSize < bytes.length)) throw new Error('the file is cut short')
    if (NO_PLACES.test(databaseType)) throw new Error(`${databaseType} does not contain locations`)
    // A damaged data section shows when it is read.
    for (const ip of ['8.8.8.8', '1.1.1.1']) reader.get(ip)
  } catch (cause) {
    throw invalid(path, (cause as Error).message, cause)
  }
  return reader
}

function invalid(path: string, why: string, cause: unknown): RoostError {
  return new RoostError('GEO_DATABASE_INVALID', `The geo database ${path} cannot be used: ${why}`, {
    hint: 'Give a database of cities or countries in MaxMind\'s format, a file that ends in ".mmdb".',
    details: { file: path },
    cause,
  })
}

function look(reader: Reader<CityResponse>, ip: string): string | undefined {
  try {
    const found = reader.get(ip)
    const place = found === null ? {} : toPlace(found)
    return Object.keys(place).length === 0 ? undefined : formatPlace(place)
  } catch {
    return undefined // a damaged record: of this client nothing is known, as of many others
  }
}

function toPlace({ city, country, postal, subdivisions, location }: CityResponse): Place {
  const subdivision = subdivisions?.[0]
  return {
    ...(city?.names?.en !== undefined && { city: city.names.en }),
    ...(country !== undefined && { country: toNamed(country) }),
    ...(postal?.code !== undefined && { postalCode: postal.code }),
    ...(subdivision !== undefined && { subdivision: toNamed(subdivision) }),
    ...(location?.time_zone !== undefined && { timezone: location.time_zone }),
    ...(location?.latitude !== undefined && { latitude: location.latitude }),
    ...(location?.longitude !== undefined && { longitude: location.longitude }),
  }
}

function toNamed(record: { iso_code?: string; names?: { en?: string } }): { code?: string; name?: string } {
  const { iso_code: code, names } = record
  return { ...(code !== undefined && { code }), ...(names?.en !== undefined && { name: names.en }) }
}
