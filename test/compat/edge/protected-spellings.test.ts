import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GatewayHarness, type PlayedCall, startGateway } from '../../helpers/gateway-harness.ts'
import { createRandom, type Random } from '../../helpers/random.ts'
import { RawClient } from '../../helpers/raw-client.ts'

// What is behind a password or a role (dev-and-edge.md §2.6, §4.4), asked for in spellings that nobody has thought of.
const list = (words: string): string[] => words.split(' ')
const PATHS = list(
  '/fn/a /fn /team/1/x /TEAM/1/x/2 /prefers/a /prefers/b /.netlify/functions/plain/x /to/a /by/1/b /mid/1/z /page/a /page /caf%C3%A9/a /solo /role/a /role/b/ /role/c.css /hall',
)
/** In place of a slash. */
const SLASHES = list('%2f %2F %5c \\ // /./ /%2e/ %2f..%2f')
/** Put in, most often where a segment begins. */
const NOISE = list(
  '%2f ..%2f ..%2f %2e%2e%2f ../ ./ / \\ %5c %00 %ff %ff %zz % ; ? %23 %20 %252f * : \xe9 %e2%80%8b %E2%84%AA',
)
const ENDINGS = ['', '', ...list('.html / /index /index.html .br .html.br')]
const SECRET = 'secret'

let gateway: GatewayHarness
beforeAll(async () => {
  const play = (call: PlayedCall): void => call.answer(200, [], SECRET)
  const secret = list(
    'page/a.html page/index.html prefers/a.html café/a.html solo.html solo.html.br role/a.html role/b/index.html role/c.css hall/index.html',
  )
  const onlyFor = { force: true, status: 200, conditions: { role: ['admin'] } }
  gateway = await startGateway({
    functions: {
      fn: { path: ['/fn/*', '/team/:id/x{/:more}?'], play },
      prefers: { path: '/prefers/*', preferStatic: true, play },
      plain: { play },
    },
    files: { ...Object.fromEntries(secret.map((name) => [name, SECRET])), 'index.html': 'open' },
    redirects: [
      { from: '/to/*', to: '/.netlify/functions/plain', status: 200 },
      { from: '/by/:a/b', to: '/.netlify/functions/plain', status: 200 },
      { from: '/mid/*/z', to: '/.netlify/functions/plain', status: 200 },
      { from: '/role/*', to: '/role/:splat', ...onlyFor },
      { from: '/hall', to: '/hall/', ...onlyFor },
      { from: '/*', to: '/index.html', status: 200 },
    ],
    headers: list(
      '/fn/* /team/:id/x /team/:id/x/:more /prefers/* /.netlify/functions/plain /to/* /by/:a/b /mid/*/z /page/* /caf%C3%A9/* /solo',
    ).map((path) => ({ for: path, basicAuth: ['ada:lovelace'] })),
  })
})
afterAll(() => gateway.stop())

it.each([1, 2, 3])('no spelling shows it, seed %i', async (seed) => {
  const random = createRandom(seed)
  const shown: string[] = []
  for (let i = 0; i < 400; i++) {
    const path = respell(random.pick(PATHS), random)
    const client = await RawClient.connect(gateway.url)
    client.sendHead(`GET ${path} HTTP/1.1`, 'Host: site.example', 'Connection: close')
    if ((await client.read()).body.includes(SECRET)) shown.push(path)
    client.socket.destroy()
  }
  expect(shown).toEqual([])
})

function respell(path: string, random: Random): string {
  let text = path + random.pick(ENDINGS)
  for (const noise of random.list(0, 2, () => random.pick(NOISE))) {
    const starts = [...text.matchAll(/\//g)].map(({ index }) => index + 1)
    const at = random.below(3) > 0 ? random.pick(starts) : 1 + random.below(text.length)
    text = text.slice(0, at) + noise + text.slice(at)
  }
  return `/${text.slice(1).replace(/[a-z/]/g, (char) => respellChar(char, random))}`
}

function respellChar(char: string, random: Random): string {
  if (char === '/') return random.below(3) > 0 ? char : random.pick(SLASHES)
  if (random.below(8) > 0) return char
  return random.pick([char.toUpperCase(), `%${char.charCodeAt(0).toString(16)}`])
}
