import { unstable_cache } from 'next/cache'

export const revalidate = 3600

const readPrice = unstable_cache(async () => Math.random(), ['price'], { tags: ['prices'] })

/** Written at build time, and again once it is an hour old or somebody asks for it. */
export default async function Prices() {
  return <p>{`Price ${await readPrice()} at ${Date.now()}`}</p>
}
