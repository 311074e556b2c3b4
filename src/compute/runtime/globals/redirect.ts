import { currentRequest } from '../scope.ts'

/** Lets `Response.redirect` take a URL relative to the request's, which Netlify has behind a flag (runtime.md §5). */
export function allowRelativeRedirects(): void {
  const original = Response.redirect
  const { redirect } = {
    redirect(url: string | URL, ...rest: [status?: number]): Response {
      return original.call(Response, toAbsolute(url), ...rest)
    },
  }
  Object.defineProperty(Response, 'redirect', {
    value: redirect,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

/** What is no URL even so is left to the original, which has its own error for it. */
function toAbsolute(url: string | URL): string | URL {
  const request = currentRequest()
  if (request === undefined || typeof url !== 'string') return url
  try {
    return new URL(url, request.url).href
  } catch {
    return url
  }
}
