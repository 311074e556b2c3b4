import { describe, expect, it } from 'vitest'
import { type AnsweredRequest, formatRequest } from './request-log.ts'

const AT = new Date('2026-01-02T12:04:05.123Z')
const plain = (request: Partial<AnsweredRequest>): string =>
  formatRequest(
    { requestId: 'a', method: 'GET', path: '/', status: 200, durationMs: 1.25, ...request },
    (_style, text) => text,
    AT,
  )

describe('a line of the request log', () => {
  it.each<[Partial<AnsweredRequest>, string]>([
    [{}, 'GET / 200 1.3 ms'],
    [{ durationMs: 1234.5 }, 'GET / 200 1235 ms'],
    [{ functionName: 'hello', isCold: true }, 'GET / 200 1.3 ms hello cold'],
    [{ functionName: 'hello', isCold: false, note: 'A' }, 'GET / 200 1.3 ms hello (A)'],
    [{ status: undefined, note: 'client disconnected' }, 'GET / - 1.3 ms (client disconnected)'],
    [{ path: '/a\u001b[2J\n\t\u009b' }, String.raw`GET /a\x1b[2J\x0a\x09\x9b 200 1.3 ms`],
    [{ path: `/${'x'.repeat(300)}` }, `GET /${'x'.repeat(199)}… 200 1.3 ms`],
  ])('%j', (request, line) => expect(plain(request)).toBe(`12:04:05.123 ${line}\n`))

  it('has a colour for the kind of status', () => {
    const styles = [200, 301, 404, 502].map((status) =>
      formatRequest({ requestId: 'a', method: 'GET', path: '/', status, durationMs: 1 }, (style, text) =>
        text === String(status) ? style : '',
      ).trim(),
    )
    expect(styles.map((line) => /green|cyan|yellow|red/.exec(line)?.[0])).toEqual([
      'green',
      'cyan',
      'yellow',
      'red',
    ])
  })
})
