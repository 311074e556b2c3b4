import { createFileRoute } from '@tanstack/react-router'
import { createServerFn } from '@tanstack/react-start'
import { getCookie, getRequestUrl } from '@tanstack/react-start/server'

const readRequest = createServerFn().handler(() => ({
  origin: getRequestUrl().origin,
  visits: getCookie('visits') ?? '0',
}))

export const Route = createFileRoute('/')({
  validateSearch: (search: Record<string, unknown>) => ({ name: String(search.name ?? 'you') }),
  loader: () => readRequest(),
  component: Home,
})

function Home() {
  const { name } = Route.useSearch()
  const { origin, visits } = Route.useLoaderData()
  return (
    <main>
      <h1>{`Hello ${name}`}</h1>
      <p>{`${origin} visit ${visits}`}</p>
    </main>
  )
}
