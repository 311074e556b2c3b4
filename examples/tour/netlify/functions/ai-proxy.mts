import type { Config, Context } from '@netlify/functions'

/** Passes the stream of an AI API through as it comes: the browser shows each word at once, the key stays here. */
export default async (req: Request, context: Context) => {
  const question = context.url.searchParams.get('question') ?? 'How should I travel?'
  const base = Netlify.env.get('AI_BASE_URL') ?? context.site.url
  const answer = await fetch(new URL('/v1/chat/completions', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${Netlify.env.get('AI_API_KEY')}` },
    body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: question }] }),
  })
  return new Response(answer.body, {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? 'text/event-stream' },
  })
}

export const config: Config = {
  path: '/ai/proxy',
}
