import { spawnSync } from 'node:child_process'

/** Uses one processor for a while, or memory, or the log, or starts one process after another. */
export default (request: Request) => {
  const how = new URL(request.url).searchParams.get('how')
  const end = Date.now() + 200
  const kept: Uint8Array[] = []
  while (Date.now() < end) {
    if (how === 'memory') kept.push(new Uint8Array(1024 * 1024).fill(1))
    if (how === 'fork') spawnSync('/bin/true')
    if (how === 'log') console.log('x'.repeat(1000))
  }
  return new Response(String(kept.length))
}
