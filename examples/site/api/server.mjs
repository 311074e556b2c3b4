// The other program: any HTTP server, in any language. node api/server.mjs
import { createServer } from 'node:http'

const QUOTES = ['Simple things should be simple.', 'Complex things should be possible.']

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://api')
  response.setHeader('content-type', 'application/json')
  if (pathname === '/quotes')
    response.end(JSON.stringify({ quotes: QUOTES, askedBy: request.headers['x-forwarded-for'] }))
  else response.writeHead(404).end(JSON.stringify({ error: `There is nothing at ${pathname}.` }))
})

server.listen(Number(process.env.PORT ?? 4100), '127.0.0.1', () => {
  console.log(`API ready: http://127.0.0.1:${server.address().port}`)
})
