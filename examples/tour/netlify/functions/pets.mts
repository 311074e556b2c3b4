import type { Config, Context } from '@netlify/functions'

export default async (req: Request, context: Context) => {
  const animal = context.url.pathname.slice(1)
  return new Response(`Here are all the ${animal}.`)
}

export const config: Config = {
  path: ['/cats', '/dogs'],
}
