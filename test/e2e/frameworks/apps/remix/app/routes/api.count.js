export function loader() {
  const words = ['one', 'two', 'three']
  const body = new ReadableStream({
    pull(controller) {
      const word = words.shift()
      if (word === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(`${word}\n`))
    },
  })
  return new Response(body)
}
