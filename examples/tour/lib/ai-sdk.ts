type ByteStream = NonNullable<Response['body']>

/** As small as the SDK of an AI company can be: a client whose answers are async iterators of words. */
export function createAi({ baseUrl }: { baseUrl: string | undefined }) {
  return {
    async stream(question: string): Promise<AsyncGenerator<string, void, void>> {
      const response = await fetch(new URL('/v1/chat/completions', baseUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: question }] }),
      })
      if (!response.ok || response.body === null) throw new Error(`The AI answered ${response.status}`)
      return readWords(response.body)
    },
  }
}

async function* readWords(body: ByteStream): AsyncGenerator<string, void, void> {
  for await (const data of readEvents(body)) {
    if (data === '[DONE]') return
    yield JSON.parse(data).choices[0].delta.content
  }
}

/** The `data` of each server-sent event. A chunk may hold several events, or end in the middle of one. */
async function* readEvents(body: ByteStream): AsyncGenerator<string, void, void> {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) yield event.replace(/^data: /, '')
  }
}
