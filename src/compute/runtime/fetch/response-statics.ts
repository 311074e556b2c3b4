import { patchPrototype } from './patch.ts'
import { real } from './real.ts'
import { createLightResponse } from './response.ts'

let getBaseUrl: () => string | undefined = () => undefined

/**
 * Sets where `Response.redirect` finds the URL that a relative target is resolved against: that of the request being
 * handled (runtime.md, §5). While it returns undefined, a relative target is refused as everywhere else.
 */
export function setRedirectBase(getUrl: () => string | undefined): void {
  getBaseUrl = getUrl
}

/** `Response.json` and `Response.redirect`, put over those of the platform's class: the proxy shows them. */
export function patchStatics(): void {
  const { json, redirect } = real.Response
  patchPrototype<Statics>(
    real.Response,
    {
      json(...args) {
        return createJsonResponse(args[0], args[1]) ?? Reflect.apply(json, real.Response, args)
      },
      redirect(...args) {
        if (args.length > 0) args[0] = resolveTarget(args[0])
        return Reflect.apply(redirect, real.Response, args)
      },
    },
    (self) => self,
  )
}

type Statics = Pick<typeof Response, 'json' | 'redirect'>

function createJsonResponse(data: unknown, init: unknown): Response | undefined {
  const text = JSON.stringify(data)
  return text === undefined ? undefined : createLightResponse(text, 'application/json', init)
}

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
