import type { Config, Context } from '@netlify/functions'

/** Opens every door below /museum but those to the cellar, which `public/museum/cellar.html` answers. */
export default async (req: Request, context: Context) => {
  return new Response(`Welcome to the room "${context.params[0]}".`)
}

export const config: Config = {
  path: '/museum/*',
  excludedPath: ['/museum/cellar', '/museum/cellar/*'],
}
