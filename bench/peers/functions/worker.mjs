export default {
  async fetch(request) {
    if (request.method === 'POST') return Response.json(await request.json())
    return new Response('Hello, world!')
  },
}
