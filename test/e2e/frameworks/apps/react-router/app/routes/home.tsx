import { data, useLoaderData } from 'react-router'

export function loader({ request }: { request: Request }) {
  const url = new URL(request.url)
  const visits = Number(/visits=(\d+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? 0) + 1
  return data(
    { name: url.searchParams.get('name') ?? 'nobody', origin: url.origin, visits },
    { headers: { 'set-cookie': `visits=${visits}; Path=/` } },
  )
}

export function headers({ loaderHeaders }: { loaderHeaders: Headers }) {
  return loaderHeaders
}

export default function Home() {
  const { name, origin, visits } = useLoaderData<typeof loader>()
  return (
    <>
      <h1>{`Hello ${name}`}</h1>
      <p>{`${origin} visit ${visits}`}</p>
    </>
  )
}
