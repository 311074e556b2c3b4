import { RoostError } from '../../base/errors/index.ts'
import type { AskedRequest } from '../../gateway/functions/index.ts'
import type { Explanation } from '../../gateway/trace/index.ts'

/** Says what would become of a request; undefined before there is a site. @throws REQUEST_INVALID for what is not one. */
export type Explain = (asked: AskedRequest) => Promise<Explanation> | undefined

export const WHY_PATH = '/api/why'

/**
 * The request that `GET /api/why?method=GET&url=/path&header=Name: value&country=DE` asks about; `header` may be repeated.
 * Its headers stand in the query, since this listener has no log.
 * @throws REQUEST_INVALID
 */
export function readAsked(query: string): AskedRequest {
  const parameters = new URLSearchParams(query)
  const url = parameters.get('url')
  if (url === null) throw new RoostError('REQUEST_INVALID', 'The parameter url is missing.')
  const country = parameters.get('country')
  return {
    method: parameters.get('method') ?? 'GET',
    url,
    headers: parameters.getAll('header').map(readHeader),
    ...(country !== null && { country: readCountry(country) }),
  }
}

function readHeader(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon < 1)
    throw new RoostError(
      'REQUEST_INVALID',
      `The header ${JSON.stringify(text)} is not of the form Name: value.`,
    )
  return [text.slice(0, colon), text.slice(colon + 1).trim()]
}

function readCountry(text: string): string {
  if (/^[a-z]{2}$/i.test(text)) return text.toUpperCase()
  throw new RoostError('REQUEST_INVALID', `${JSON.stringify(text)} is not the code of a country, such as DE.`)
}
