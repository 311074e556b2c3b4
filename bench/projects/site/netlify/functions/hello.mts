export default async () => new Response('Hello, world!')
