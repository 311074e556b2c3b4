import type { Context as NetlifyContext } from '@netlify/functions'
import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { streamText } from 'hono/streaming'
import { Page } from './page'

export const app = new Hono<{ Bindings: { context: NetlifyContext } }>()

app.use(async (c, next) => {
  await next()
  c.res.headers.append('x-middleware', 'ran')
})

app.get('/', (c) => c.html(<Page title="Hono" visitor={c.req.query('name') ?? 'nobody'} />))

app.get('/api/stays/:city', (c) => c.json({ city: c.req.param('city'), nights: Number(c.req.query('nights')) }))
app.post('/api/stays', async (c) => c.json({ booked: await c.req.json() }, 201))
app.post('/api/upload', async (c) => {
  const file = (await c.req.parseBody()).file as File
  return c.json({ name: file.name, size: file.size })
})

app.get('/api/visits', (c) => {
  const visits = Number(getCookie(c, 'visits') ?? 0) + 1
  setCookie(c, 'visits', String(visits), { httpOnly: true, path: '/' })
  setCookie(c, 'seen', 'yes')
  return c.json({ visits })
})
app.delete('/api/visits', (c) => {
  deleteCookie(c, 'visits')
  return c.body(null, 204)
})

app.get('/api/count', (c) =>
  streamText(c, async (stream) => {
    for (const word of ['one', 'two', 'three']) await stream.writeln(word)
  }),
)

app.get('/api/context', (c) => c.json({ site: c.env.context.site.name, requestId: c.env.context.requestId }))
app.get('/api/teapot', () => {
  throw new HTTPException(418, { message: 'short and stout' })
})

app.notFound((c) => c.html(<Page title="Not found" visitor={new URL(c.req.url).pathname} />, 404))
