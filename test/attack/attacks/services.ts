import { type Attack, inside } from '../attack.ts'

/** From inside a function: what it does to the listeners that it needs, and to those that are not for it. */
export const SERVICE_ATTACKS: readonly Attack[] = [
  {
    name: 'connections to the services without a token',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require, services }) => {
          const { connect } = require('node:net')
          const port = Number(new URL(services.edgeURL).port)
          for (let i = 0; i < 1500; i++)
            connect(port, '127.0.0.1')
              .on('error', () => undefined)
              .write(i % 2 ? 'GET / HTTP/1.1\r\n' : '')
          await new Promise((resolve) => setTimeout(resolve, 3000))
        },
        {},
      ),
  },
  {
    name: 'knocks at every listener of this machine',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require }) => {
          const { connect } = require('node:net')
          const table: string = require('node:fs').readFileSync('/proc/net/tcp', 'utf8')
          const ports = [...table.matchAll(/: 0100007F:([0-9A-F]{4}) \S+ 0A /g)].map((match) =>
            Number.parseInt(match[1]!, 16),
          )
          for (const port of ports)
            for (let i = 0; i < 100; i++) {
              const socket = connect(port, '127.0.0.1').on('error', () => undefined)
              socket.write(
                ['', 'GET /', 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n'][
                  i % 3
                ],
              )
            }
          await new Promise((resolve) => setTimeout(resolve, 2000))
        },
        {},
      ),
  },
  {
    name: 'listings asked for in one go and never read',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require, services }) => {
          const { connect } = require('node:net')
          const { edgeURL, siteID, token } = services
          const headers = { authorization: `Bearer ${token}` }
          for (let i = 0; i < 60; i++)
            await fetch(`${edgeURL}/${siteID}/site:many/${'k'.repeat(500)}${i}`, {
              method: 'PUT',
              headers,
              body: 'x',
            })
          const head = `GET /${siteID}/site:many HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`
          for (let i = 0; i < 20; i++) {
            const socket = connect(Number(new URL(edgeURL).port), '127.0.0.1')
            socket.on('error', () => undefined).pause()
            socket.write(head.repeat(250))
          }
          await new Promise((resolve) => setTimeout(resolve, 3000))
        },
        {},
      ),
  },
  {
    name: 'a body in pieces of one byte',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require, services }) => {
          const { connect } = require('node:net')
          const { edgeURL, token } = services
          const path = `/.netlify/cache/${encodeURIComponent('https://example.com/drops')}`
          const socket = connect(Number(new URL(edgeURL).port), '127.0.0.1').on('error', () => undefined)
          socket.write(
            `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`,
          )
          const pieces = Buffer.from('1\r\nx\r\n'.repeat(5000))
          for (let i = 0; i < 400 && !socket.destroyed; i++)
            if (!socket.write(pieces))
              await Promise.race(
                ['drain', 'close'].map((name) => new Promise((resolve) => socket.once(name, resolve))),
              )
          socket.destroy()
        },
        {},
      ),
  },
  {
    name: 'cached answers whose weight is in their headers, and purges by many tags',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ services }, shape) => {
          const { edgeURL, siteID, token } = services
          const authorization = `Bearer ${token}`
          const many = (count: number, make: (i: number) => string): string[] =>
            Array.from({ length: count }, (_, i) => make(i))
          const shapes: Record<string, object> = {
            empty: { x: many(9000, () => '') },
            vary: { vary: [many(6000, (i) => `a${i}`).join()] },
            tags: { 'cache-tag': [many(6000, (i) => `t${i}`).join()] },
            names: Object.fromEntries(many(4000, (i) => `n${i}`).map((name) => [name, ['']])),
          }
          const stored = { ...shapes[shape], 'cache-control': ['max-age=600'] }
          const end = Date.now() + 2500
          for (let i = 0; Date.now() < end; i++)
            await fetch(
              `${edgeURL}/.netlify/cache/${encodeURIComponent(`https://example.com/${shape}/${i}`)}`,
              {
                method: 'POST',
                headers: { authorization, 'netlify-programmable-headers': btoa(JSON.stringify(stored)) },
                body: 'x',
              },
            ).catch(() => undefined)
          for (const count of [10, 500, 20_000])
            await fetch(`${edgeURL}/api/v1/purge`, {
              method: 'POST',
              headers: { authorization },
              body: JSON.stringify({ site_id: siteID, cache_tags: many(count, (i) => `t${i}`) }),
            }).catch(() => undefined)
        },
        options.random.pick(['empty', 'vary', 'tags', 'names']),
      ),
  },
  {
    name: 'uploads that never end, overwritten and tiny blobs',
    run: (stage, options) =>
      inside(
        stage,
        options,
        async ({ require, services }) => {
          const { connect } = require('node:net')
          const { edgeURL, siteID, token } = services
          const headers = { authorization: `Bearer ${token}` }
          for (let i = 0; i < 100; i++) {
            const socket = connect(Number(new URL(edgeURL).port), '127.0.0.1').on('error', () => undefined)
            socket.write(
              `PUT /${siteID}/site:slow/${i} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-length: 5000000\r\n\r\nx`,
            )
          }
          const end = Date.now() + 2500
          for (let i = 0; Date.now() < end; i++) {
            const large = Buffer.alloc(2_000_000, String(i))
            await fetch(`${edgeURL}/${siteID}/site:large/one`, { method: 'PUT', headers, body: large }).catch(
              () => undefined,
            )
            await Promise.all(
              Array.from({ length: 50 }, (_, n) =>
                fetch(`${edgeURL}/${siteID}/site:tiny/${i}-${n}`, {
                  method: 'PUT',
                  headers,
                  body: 'x',
                }).catch(() => undefined),
              ),
            )
          }
        },
        {},
      ),
  },
]
