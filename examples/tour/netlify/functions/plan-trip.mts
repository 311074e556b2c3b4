import type { Config } from '@netlify/functions'

/** Another way to say it: `background` in the function's own config, here with a path of its own. */
export default async (req: Request) => {
  const destination = new URL(req.url).searchParams.get('to') ?? 'anywhere'
  await new Promise((resolve) => setTimeout(resolve, 500))
  console.log(`The trip to ${destination} is planned`)
}

export const config: Config = {
  path: '/plan-trip',
  background: true,
}
