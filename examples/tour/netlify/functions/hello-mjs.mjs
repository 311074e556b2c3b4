export default async (req, context) => {
  return new Response('Hello from an ES module!')
}
