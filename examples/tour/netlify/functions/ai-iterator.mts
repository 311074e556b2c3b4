import { createAi } from '@lib/ai-sdk'
import type { Config, Context } from '@netlify/functions'

/** The SDK of an AI company gives an async iterator; a Response wants a ReadableStream. */
export default async (req: Request, context: Context) => {
  const question = context.url.searchParams.get('question') ?? 'How should I travel?'
  const ai = createAi({ baseUrl: Netlify.env.get('AI_BASE_URL') ?? context.site.url })
  const words = await ai.stream(question)

  const encoder = new TextEncoder()
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await words.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await words.return()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}

export const config: Config = {
  path: '/ai/iterator',
}
