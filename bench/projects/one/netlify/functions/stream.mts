const CHUNK = new Uint8Array(64 * 1024).fill(97)
const CHUNKS = 319

/** Just below the 20 MB that a stream may have. */
export default () => {
  let left = CHUNKS
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(CHUNK)
        else controller.close()
      },
    }),
  )
}
