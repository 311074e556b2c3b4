import type { Config, Context } from '@netlify/functions'

/**
 * Stands in for the streaming API of an AI company, so that the tour needs neither an account nor the internet.
 * It speaks server-sent events: one JSON object per word, then `[DONE]`.
 */
export default async (req: Request, context: Context) => {
  const { messages } = await req.json().catch(() => ({ messages: [] }))
  const question = messages.at(-1)?.content ?? 'nothing.'
  const words = `You asked: ${question} The answer is to travel slowly and to talk to people.`.split(' ')

  const encoder = new TextEncoder()
  const body = new ReadableStream({
    async start(controller) {
      const send = (data: string) => controller.enqueue(encoder.encode(`data: ${data}\n\n`))
      for (const word of words) {
        send(JSON.stringify({ id: context.requestId, choices: [{ delta: { content: `${word} ` } }] }))
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
      send('[DONE]')
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

export const config: Config = {
  path: '/v1/chat/completions',
  method: 'POST',
}
