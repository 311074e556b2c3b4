export default async (req: Request) => {
  if (req.method !== 'POST') return new Response('Send a visit with POST.', { status: 405 })
  const visit = await req.json()
  console.log(`A visitor came to ${visit.url}`)
  return new Response(null, { status: 204 })
}
