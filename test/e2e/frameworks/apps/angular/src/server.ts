import { AngularAppEngine, createRequestHandler } from '@angular/ssr'

/** Roost and Netlify rebuild these headers: no client can forge them. */
const engine = new AngularAppEngine({ trustProxyHeaders: ['x-forwarded-for', 'x-forwarded-proto'] })

export const reqHandler = createRequestHandler(
  async (request) => (await engine.handle(request)) ?? new Response('Not found', { status: 404 }),
)
