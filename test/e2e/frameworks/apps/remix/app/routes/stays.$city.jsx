import { useLoaderData } from '@remix-run/react'

export function loader({ params }) {
  if (params.city === 'atlantis') throw new Response('sunk', { status: 404 })
  return { city: params.city }
}

export default function Stay() {
  return <h1>{`A stay in ${useLoaderData().city}`}</h1>
}
