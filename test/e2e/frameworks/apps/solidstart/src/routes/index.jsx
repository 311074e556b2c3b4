import { createAsync, query, useSearchParams } from '@solidjs/router'
import { getRequestEvent } from 'solid-js/web'

const readRequest = query(async () => {
  'use server'
  const { request } = getRequestEvent()
  const visits = /visits=(\d+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? '0'
  return `${new URL(request.url).origin} visit ${visits}`
}, 'request')

export default function Home() {
  const [search] = useSearchParams()
  const line = createAsync(() => readRequest(), { deferStream: true })
  return (
    <main>
      <h1>{`Hello ${search.name ?? 'you'}`}</h1>
      <p>{line()}</p>
    </main>
  )
}
