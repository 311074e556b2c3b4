import { cookies, headers } from 'next/headers'

export default async function Home({ searchParams }) {
  const { name = 'you' } = await searchParams
  const visits = (await cookies()).get('visits')?.value ?? '0'
  const host = (await headers()).get('host')
  return (
    <main>
      <h1>Hello {name}</h1>
      <p>{`${host} visit ${visits}`}</p>
    </main>
  )
}
