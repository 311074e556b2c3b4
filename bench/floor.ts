// The floor: a bare node:http server that does what the bench project's functions do, in one process.
import { createReadStream, fstat, open } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SITE_FILES, writeSiteFiles } from './site-files.ts'

writeSiteFiles()

const server = createServer((request, response) => {
  if (request.url === '/hello') {
    response.setHeader('content-type', 'text/plain;charset=UTF-8')
    response.end('Hello, world!')
  } else if (request.url === '/old/page') {
    response.writeHead(301, { ...REDIRECT, location: '/new/page' })
    response.end('Redirecting to /new/page')
  } else if (request.url === '/alias') {
    response.setHeader('content-type', 'text/plain;charset=UTF-8')
    response.end('Hello, world!')
  } else if (request.url === '/cached') {
    response.writeHead(200, CACHED)
    response.end('Hello, world!')
  } else if (request.url === '/echo') {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString())))
    })
  } else if (request.url === '/stream') {
    stream(response, 319)
  } else if (request.url === '/small.html' || request.url === '/large.bin') {
    sendFile(response, join(SITE_FILES, request.url))
  } else {
    response.statusCode = 404
    response.end()
  }
})
const REDIRECT = { 'cache-control': 'no-cache', 'content-type': 'text/plain; charset=utf-8' }
/** What a cache says, and what every response of Roost says. */
const CACHED = {
  'content-type': 'text/plain;charset=UTF-8',
  'cache-control': 'public, max-age=86400',
  age: '1',
  'cache-status': '"Roost"; hit',
  'x-nf-request-id': '01K7B3V5W2M8Q4Z6X9C1N0T3RD',
}
const CHUNK = Buffer.alloc(64 * 1024, 97)

function stream(response: ServerResponse, left: number): void {
  while (left-- > 0)
    if (!response.write(CHUNK)) {
      response.once('drain', () => stream(response, left))
      return
    }
  response.end()
}

/** As a server would do it that knows no more than the path: with the headers that caches ask for. */
function sendFile(response: ServerResponse, path: string): void {
  open(path, (error, fd) => {
    if (error !== null) return response.destroy(error)
    fstat(fd, (statError, { size, mtime }) => {
      if (statError !== null) return response.destroy(statError)
      response.writeHead(200, {
        'content-type': path.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream',
        'content-length': size,
        'cache-control': 'public, max-age=0, must-revalidate',
        etag: `"${size.toString(16)}-${mtime.getTime().toString(16)}"`,
        'last-modified': mtime.toUTCString(),
      })
      createReadStream('', { fd }).pipe(response)
    })
  })
}

server.listen(0, '127.0.0.1', () => {
  console.log(`Floor ready: http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.on('SIGTERM', () => process.exit(0))
