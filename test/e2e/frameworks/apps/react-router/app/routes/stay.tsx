import { useLoaderData } from 'react-router'

export function loader({ params }: { params: { city?: string } }) {
  if (params.city === 'atlantis') throw new Response('sunk', { status: 404 })
  return { city: params.city }
}

export default function Stay() {
  return <h1>{`A stay in ${useLoaderData<typeof loader>().city}`}</h1>
}
