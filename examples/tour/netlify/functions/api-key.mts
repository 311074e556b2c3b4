import type { Config } from '@netlify/functions'

export default async (req: Request) => {
  const key = Netlify.env.get('TOUR_API_KEY')
  if (!key) return new Response('Set TOUR_API_KEY: the tour ships it in .env.tour.', { status: 500 })
  if (req.headers.get('x-api-key') !== key) return new Response('Sorry, no access for you.', { status: 401 })
  return new Response('Come in! The key fits.')
}

export const config: Config = {
  path: '/api-key',
}
