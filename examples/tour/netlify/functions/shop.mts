import type { Config, Context } from '@netlify/functions'

export default async (req: Request, context: Context) => {
  const { sku, 0: offer } = context.params
  return new Response(sku === undefined ? `On sale: ${offer}` : `Item number ${sku}`)
}

export const config: Config = {
  path: ['/sale/*', '/item/:sku'],
}
