addEventListener('fetch', (event) => event.respondWith(answer(event.request)))

async function answer(request) {
  if (request.method === 'POST') return Response.json(await request.json())
  return new Response('Hello, world!')
}
