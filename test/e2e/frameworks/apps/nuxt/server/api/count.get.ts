export default defineEventHandler((event) => {
  setHeader(event, 'content-type', 'text/plain')
  const words = ['one', 'two', 'three']
  return new ReadableStream({
    pull(controller) {
      const word = words.shift()
      if (word === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(`${word}\n`))
    },
  })
})
