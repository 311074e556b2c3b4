import type { Config } from 'roost-functions'

/** The same greeting from TypeScript, beside the program in Go. */
export default (request: Request) => {
  const name = new URL(request.url).searchParams.get('name') ?? 'world'
  return Response.json({ greeting: `Hello, ${name}!`, from: `Node ${process.version}` })
}

export const config: Config = { path: '/greet-ts' }
