import { createRequest, readResponse } from './fetch/index.ts'

/** A module without a file: what it costs to import is Node's loader itself. */
const EMPTY_MODULE = 'data:text/javascript,export%20default%200'

/**
 * Does once, while nobody waits, what the first call of a function would do first: Node's module loader is loaded
 * (6 ms of 8 that a first import takes), and the way of a small call is compiled. No user code, nothing observable.
 */
export async function warmUp(): Promise<void> {
  await import(EMPTY_MODULE)
  const request = createRequest({
    method: 'GET',
    url: 'http://localhost/',
    headers: 'host: localhost\r\naccept: */*\r\n',
    body: undefined,
  })
  request.headers.get('accept')
  readResponse(new Response('', { headers: { 'content-type': 'text/plain' } }))
}
