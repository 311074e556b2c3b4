import { URL } from 'node:url'
import { constructJsonResponse } from './construct-response.ts'
import { patchPrototype } from './patch.ts'
import { real } from './real.ts'

let getBaseUrl: () => string | undefined = () => undefined

/**
 * Sets where `Response.redirect` finds the URL that a relative target is resolved against: that of the request being
 * handled (runtime.md §5). While it returns undefined, a relative target is refused as everywhere else.
 */
export function setRedirectBase(getUrl: () => string | undefined): void {
  getBaseUrl = getUrl
}

/** `Response.json` and `Response.redirect`, put over those of the platform's class: the proxy shows them. */
export function patchStatics(): void {
  const { json, redirect } = real.Response
  patchPrototype<Statics>(real.Response, (self) => self, [
    {
      json: (...args) => constructJsonResponse(args, json),
      redirect(...args) {
        if (args.length > 0) args[0] = resolveTarget(args[0])
        return Reflect.apply(redirect, real.Response, args)
      },
    },
  ])
}

type Statics = Pick<typeof Response, 'json' | 'redirect'>

function resolveTarget(url: string | URL): string | URL {
  const base = getBaseUrl()
  if (base === undefined) return url
  try {
    return new URL(url, base).href
  } catch {
    // The platform refuses it with its own words.
    return url
  }
}
