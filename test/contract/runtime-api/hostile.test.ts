// Others can connect to the endpoint of a program, and what the program itself sends may come in any form.
import { expect, it } from 'vitest'
import { startProgram } from '../../helpers/program-harness.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

it('connections that say nothing do not keep the program out, and few of them are kept', async () => {
  await using program = await startProgram()
  const heard = program.call()
  const clients: RawClient[] = []
  for (let i = 0; i < 100; i++) clients.push(await RawClient.connect(`http://127.0.0.1:${program.api.port}`))
  await program.respond({ statusCode: 200, body: 'through' })
  await heard.answered
  expect(heard.body.toString()).toBe('through')
  await waitFor('the end of most', () => clients.filter(({ ended }) => ended).length >= 96)
  for (const client of clients) client.destroy()
})

it.each([
  ['a result', 'application/json', '{"statusCode":200,"body":"', '"}'],
  ['a stream', 'application/vnd.awslambda.http-integration-response', '{}\0\0\0\0\0\0\0\0', ''],
])('%s in pieces of one byte arrives whole', async (_, type, before, after) => {
  await using program = await startProgram()
  const heard = program.call()
  const { headers } = await program.next()
  const { port, prefix } = program.api
  const client = await RawClient.connect(`http://127.0.0.1:${port}`)
  const path = `/${prefix}/2018-06-01/runtime/invocation/${headers['lambda-runtime-aws-request-id']}/response`
  client.sendHead(
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Type: ${type}`,
    'Transfer-Encoding: chunked',
  )
  const text = before + 'x'.repeat(300_000) + after
  client.send(`${[...text].map((char) => `1\r\n${char}\r\n`).join('')}0\r\n\r\n`)
  expect((await client.read()).status).toBe(202)
  await heard.answered
  expect(heard.body.toString()).toBe('x'.repeat(300_000))
  client.destroy()
})
