// The floor: a bare node:http server that does what the bench project's functions do, in one process.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => {
  if (request.url === '/hello') {
    response.setHeader('content-type', 'text/plain;charset=UTF-8')
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
  } else {
    response.statusCode = 404
    response.end()
  }
})
const CHUNK = Buffer.alloc(64 * 1024, 97)

function stream(response: ServerResponse, left: number): void {
  while (left-- > 0)
    if (!response.write(CHUNK)) {
      response.once('drain', () => stream(response, left))
      return
    }
  response.end()
}

server.listen(0, '127.0.0.1', () => {
  console.log(`Floor ready: http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.on('SIGTERM', () => process.exit(0))
