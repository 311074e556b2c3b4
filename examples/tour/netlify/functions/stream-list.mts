const STOPS = ['Lisbon', 'Porto', 'Santiago', 'Bilbao', 'Bordeaux']

/** A page that arrives while it is written: one stop a second. */
export default async () => {
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    async start(controller) {
      const write = (html: string) => controller.enqueue(encoder.encode(html))
      write('<!doctype html><title>Departures</title><h1>Departures</h1>\n<ol>\n')
      for (const stop of STOPS) {
        write(`<li>${stop}, called at <time>${new Date().toISOString()}</time></li>\n`)
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
      write('</ol>\n')
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}
