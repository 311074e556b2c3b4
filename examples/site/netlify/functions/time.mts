import type { Config } from '@netlify/functions'

// Roost keeps the response: for ten seconds nobody runs this function, for a minute more visitors get the kept one while
// it runs once in the background. Browsers are told to ask each time.
export default (): Response =>
  Response.json(
    { time: new Date().toISOString() },
    {
      headers: {
        'netlify-cdn-cache-control': 'public, s-maxage=10, stale-while-revalidate=60',
        'cache-control': 'public, max-age=0, must-revalidate',
        'netlify-cache-tag': 'time',
      },
    },
  )

export const config: Config = { path: '/time' }
