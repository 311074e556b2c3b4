export default defineEventHandler(async (event) => {
  setResponseStatus(event, 201)
  setCookie(event, 'booked', 'yes')
  setCookie(event, 'thanks', 'yes')
  return { booked: await readBody(event) }
})
