// The floor: a bare node:http server that does what the bench project's functions do, in one process.
import { createServer } from 'node:http'
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
  } else {
    response.statusCode = 404
    response.end()
  }
})
server.listen(0, '127.0.0.1', () => {
  console.log(`Floor ready: http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.on('SIGTERM', () => process.exit(0))
