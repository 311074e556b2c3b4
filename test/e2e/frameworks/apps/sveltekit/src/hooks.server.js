export async function handle({ event, resolve }) {
  const response = await resolve(event)
  response.headers.set('x-hook', event.route.id ?? 'none')
  return response
}
