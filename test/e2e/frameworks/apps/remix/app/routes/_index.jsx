import { useLoaderData } from '@remix-run/react'

export function loader({ request, context }) {
  const url = new URL(request.url)
  const visits = Number(/visits=(\d+)/.exec(request.headers.get('cookie'))?.[1] ?? 0) + 1
  return Response.json(
    { name: url.searchParams.get('name') ?? 'you', origin: url.origin, ip: context.ip, visits },
    { headers: { 'set-cookie': `visits=${visits}; Path=/` } },
  )
}

export const headers = ({ loaderHeaders }) => loaderHeaders

export default function Home() {
  const { name, origin, ip, visits } = useLoaderData()
  return (
    <main>
      <h1>{`Hello ${name}`}</h1>
      <p>{`${origin} ${ip} visit ${visits}`}</p>
    </main>
  )
}
