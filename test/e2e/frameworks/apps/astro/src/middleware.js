export async function onRequest(context, next) {
  context.locals.greeting = 'Hello'
  const response = await next()
  response.headers.set('x-middleware', 'ran')
  return response
}
