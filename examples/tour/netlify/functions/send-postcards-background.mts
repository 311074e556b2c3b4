import type { Context } from '@netlify/functions'

/** The name ends in `-background`: the caller is answered 202 at once, the work goes on for up to 15 minutes. */
export default async (req: Request, context: Context) => {
  const { to = ['everybody'] } = await req.json().catch(() => ({}))
  for (const name of to) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    console.log(`Wrote a postcard to ${name}`)
  }
  console.log(`All postcards are written (request ${context.requestId})`)
}
