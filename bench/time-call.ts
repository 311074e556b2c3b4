import { request } from 'node:http'
import type { LoadRequest } from './load.ts'

/** Milliseconds of one call on a connection of its own, to the end of the answer. Fails on an error of client or server. */
export function timeCall({ url, method, headers, body }: LoadRequest): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const start = performance.now()
  const call = request(url, { method, headers, agent: false }, (response) => {
    response.resume()
    response.on('error', reject)
    response.on('end', () => {
      if (response.statusCode! < 400) resolve(performance.now() - start)
      else reject(new Error(`${url} answered ${response.statusCode}`))
    })
  })
  call.on('error', reject)
  call.end(body)
  return promise
}
