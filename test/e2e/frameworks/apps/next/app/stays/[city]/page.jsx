import { notFound } from 'next/navigation'

export const dynamic = 'force-dynamic'

export default async function Stay({ params }) {
  const { city } = await params
  if (city === 'atlantis') notFound()
  return <h1>{`A stay in ${decodeURIComponent(city)}`}</h1>
}
