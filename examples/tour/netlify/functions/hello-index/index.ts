export default async () => new Response('Hello from a folder, from its index file!')
