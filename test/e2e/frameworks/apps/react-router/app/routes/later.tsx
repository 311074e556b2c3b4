import { Suspense } from 'react'
import { Await, useLoaderData } from 'react-router'

export function loader() {
  return { later: new Promise<string>((resolve) => setTimeout(resolve, 100, 'the rest')) }
}

export default function Later() {
  const { later } = useLoaderData<typeof loader>()
  return (
    <Suspense fallback={<p>wait</p>}>
      <Await resolve={later}>{(text) => <p>{`Then ${text}`}</p>}</Await>
    </Suspense>
  )
}
