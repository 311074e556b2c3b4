import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { detectBubblewrap } from '../../../src/compute/sandbox/bubblewrap.ts'
import { ask } from '../../helpers/http.ts'
import { type Roost, startRoost } from '../../helpers/roost.ts'
import { waitFor } from '../../helpers/wait.ts'
import { goHandler, writeGoProject } from './support.ts'

// runtime.md §11: programs in Go behind the whole server.

/** One program with many manners: to compile takes longer than to run. */
const MANNERS = goHandler(
  `	calls++
	switch event.Query("do") {
	case "echo":
		return lambda.JSON(map[string]any{"event": event.Data, "trace": event.Headers.Get("Lambda-Runtime-Trace-Id")}), nil
	case "count":
		return lambda.JSON(calls), nil
	case "env":
		return lambda.JSON(os.Environ()), nil
	case "files":
		dir, _ := os.Getwd()
		_, err := os.Stat("bootstrap")
		return lambda.JSON([]any{dir, os.Getenv("LAMBDA_TASK_ROOT"), err == nil}), nil
	case "log":
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
		return lambda.Reply(200, "logged"), nil
	case "error":
		return nil, errors.New("no luck")
	case "panic":
		var list []int
		return list[calls], nil
	case "exit":
		os.Exit(3)
	case "null":
		return nil, nil
	case "big":
		return lambda.Reply(200, strings.Repeat("x", 7<<20)), nil
	case "large":
		return lambda.Reply(200, strings.Repeat("x", 5<<20)), nil
	case "binary":
		response := lambda.Reply(200, base64.StdEncoding.EncodeToString([]byte{0, 255, 128}))
		response["isBase64Encoded"] = true
		return response, nil
	}
	return lambda.Reply(404, "what?"), nil`,
  { imports: ['encoding/base64', 'errors', 'fmt', 'os', 'strings'], top: 'var calls int' },
)

const SLOW = goHandler('\ttime.Sleep(20 * time.Second)\n\treturn lambda.Reply(200, "late"), nil', {
  imports: ['time'],
})
const BODY = goHandler(
  '\tfmt.Println("got", event.Text("body"))\n\treturn lambda.Reply(200, event.Text("body")), nil',
  {
    imports: ['fmt'],
  },
)
const BAD_START = `package main

import "project.example/lambda"

func main() { lambda.FailInit("no database") }
`

const TOML = `
[functions.manners]
max_instances = 1

[functions.slow]
timeout = 1

[functions.nightly]
schedule = "@daily"

[functions.by-table]
background = true
`

/** The Go compiler has all programs to make at the first start: a minute on a machine that does other things as well. */
const COMPILE_MS = 300_000

let roost: Roost
let url: string
let remove: () => Promise<void>

beforeAll(async () => {
  const dir = await writeGoProject(
    {
      manners: MANNERS,
      slow: SLOW,
      nightly: BODY,
      'by-name-background': BODY,
      'by-table': BODY,
      'bad-start': BAD_START,
    },
    {
      'netlify.toml': TOML,
      'netlify/functions/beside.mts': "export default () => new Response('from TypeScript')",
    },
    (whenDone) => {
      remove = whenDone
    },
  )
  roost = await startRoost(['serve', dir, '--port', '0', '--env', 'SECRET=s3'], { readyMs: COMPILE_MS })
  url = `${roost.url}/.netlify/functions`
}, COMPILE_MS)

afterAll(async () => {
  await roost?.stop()
  await remove?.()
})

const askManners = (what: string, options = {}) => ask(`${url}/manners?do=${what}`, options)

describe('the event', () => {
  it('has what JavaScript functions get, and what Go expects beyond', async () => {
    const { body } = await ask(`${url}/manners?do=echo&a=1&a=2&b=%C3%A4`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-one': '1' },
      body: 'grüße',
    })
    const { event, trace } = JSON.parse(body)
    expect(event).toMatchObject({
      httpMethod: 'POST',
      path: '/.netlify/functions/manners',
      rawUrl: `${url}/manners?do=echo&a=1&a=2&b=%C3%A4`,
      queryStringParameters: { do: 'echo', a: '1, 2', b: 'ä' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      body: 'grüße',
      isBase64Encoded: false,
      resource: '',
      requestContext: { httpMethod: 'POST' },
    })
    expect(event.headers).toMatchObject({ 'x-one': '1', 'x-nf-deploy-context': 'production' })
    expect(event.headers['x-nf-request-id']).toMatch(/^[0-9A-Z]{26}$/)
    expect(trace).toMatch(/^Root=1-/)
  })

  it('without a body it is null', async () => {
    const { event } = JSON.parse((await askManners('echo')).body)
    expect(event.body).toBeNull()
  })
})

describe('the process', () => {
  it('stays for the next request', async () => {
    const first = JSON.parse((await askManners('count')).body) as number
    expect(JSON.parse((await askManners('count')).body)).toBe(first + 1)
  })

  it('has its variables from the start, and nothing of the host', async () => {
    const list = JSON.parse((await askManners('env')).body) as string[]
    const env = Object.fromEntries(list.map((line) => line.split(/=(.*)/s).slice(0, 2)))
    expect(env).toMatchObject({
      AWS_LAMBDA_FUNCTION_NAME: 'manners',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_LOG_GROUP_NAME: 'manners',
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+\/[\w-]{32}$/),
      GOMEMLIMIT: '921MiB',
      TZ: 'UTC',
      URL: roost.url,
    })
    expect(env).not.toHaveProperty('AWS_LAMBDA_MAX_CONCURRENCY')
    expect(env).not.toHaveProperty('_LAMBDA_SERVER_PORT')
    for (const name of Object.keys(env)) expect(name).not.toMatch(/^(ROOST|VITEST|NODE|AWS_SECRET)/)
  })

  it('works in its own folder', async () => {
    const [dir, root, hasProgram] = JSON.parse((await askManners('files')).body)
    expect([dir, hasProgram]).toEqual([root, true])
    if (detectBubblewrap() !== undefined) expect(root).toBe('/var/task') // D137
  })

  it('logs with the request it is at', async () => {
    const { headers } = await askManners('log')
    const id = headers['x-nf-request-id']
    await roost.stderr.waitFor(new RegExp(`info +manners \\[${id}\\] to stdout`))
    await roost.stderr.waitFor(new RegExp(`error +manners \\[${id}\\] to stderr`))
  })
})

describe('answers', () => {
  it('binary bodies, and large ones', async () => {
    const { status, headers } = await askManners('binary')
    expect([status, headers['content-length']]).toEqual([200, '3'])
    expect((await askManners('large')).body).toHaveLength(5 << 20)
  })

  it('over 6 MB: 502 with a code', async () => {
    const { status, headers } = await askManners('big')
    expect([status, headers['x-roost-error']]).toEqual([502, 'RESPONSE_TOO_LARGE'])
  })

  it('an error is the failure, and the process goes on', async () => {
    const before = JSON.parse((await askManners('count')).body) as number
    const { status, headers, body } = await askManners('error')
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_FAILED'])
    expect(JSON.parse(body)).toEqual({ errorType: 'errorString', errorMessage: 'no luck', trace: [] })
    expect(JSON.parse((await askManners('count')).body)).toBe(before + 2)
  })

  it('a panic is the failure, its stack is in the log, and a new process takes over', async () => {
    const { status, body } = await askManners('panic')
    expect([status, JSON.parse(body).errorType]).toEqual([502, 'boundsError'])
    expect(JSON.parse(body).errorMessage).toMatch(/index out of range/)
    await roost.stderr.waitFor(/main\.go:\d+/)
    // However soon the next request comes, it does not meet the process that is about to end.
    const counts = await Promise.all([askManners('count'), askManners('count'), askManners('count')])
    expect(counts.map((answer) => answer.status)).toEqual([200, 200, 200])
  })

  it('os.Exit is told as the end of the process', async () => {
    const { status, headers, body } = await askManners('exit')
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_EXITED'])
    expect(JSON.parse(body).errorMessage).toMatch(/Runtime exited with error: exit status 3/)
    expect((await askManners('count')).body).toBe('1')
  })

  it('nil is not a response', async () => {
    const { status, body } = await askManners('null')
    expect(status).toBe(502)
    expect(JSON.parse(body).errorMessage).toMatch(/^no lambda response/)
  })

  it('a program that cannot start says why', async () => {
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await ask(`${url}/bad-start`)
      expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_LOAD_FAILED'])
      expect(JSON.parse(body)).toMatchObject({ errorType: 'Init.Failed', errorMessage: 'no database' })
    }
  })

  it('past its timeout it is ended', async () => {
    const { status, headers, body } = await ask(`${url}/slow`)
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_TIMEOUT'])
    expect(JSON.parse(body).errorMessage).toMatch(/Task timed out after 1\.00 seconds$/)
  })

  it('functions in TypeScript answer beside it', async () => {
    expect((await ask(`${url}/beside`)).body).toBe('from TypeScript')
  })
})

describe('configured in netlify.toml', () => {
  it('case 135: a schedule makes it private', async () => {
    expect((await ask(`${url}/nightly`)).status).toBe(403)
  })

  it.each(['by-name-background', 'by-table'])('%s runs in the background', async (name) => {
    const since = roost.stderr.all.length
    const { status, body } = await ask(`${url}/${name}`, { method: 'POST', body: `for ${name}` })
    expect([status, body]).toEqual([202, ''])
    await roost.stderr.waitFor(new RegExp(`${name} .*got `), since)
  })
})

it('a client that goes away does not keep the program', async () => {
  const abort = new AbortController()
  const gone = fetch(`${url}/manners?do=large`, { signal: abort.signal }).catch((error: Error) => error.name)
  abort.abort()
  expect(await gone).toBe('AbortError')
  await waitFor('the next answer', async () => (await askManners('count')).status === 200)
})
