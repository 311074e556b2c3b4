// `Config` and `Context` are types, imported without the word `type`: nothing of this import is left in the bundle.
import { Config, Context } from '@netlify/functions'

export default async (req: Request, context: Context) => {
  return Response.json({ method: req.method, path: context.url.pathname, requestId: context.requestId })
}

export const config: Config = {
  path: '/plain-types',
}
