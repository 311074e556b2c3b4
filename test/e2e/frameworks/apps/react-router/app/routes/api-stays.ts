import type { RouterContextProvider } from 'react-router'
import { netlifyRouterContext } from '@netlify/vite-plugin-react-router/serverless'

export function loader({ request, context }: { request: Request; context: Readonly<RouterContextProvider> }) {
  const { requestId } = context.get(netlifyRouterContext)
  return Response.json({ city: new URL(request.url).searchParams.get('city'), requestId })
}

export async function action({ request }: { request: Request }) {
  return Response.json({ booked: await request.json() }, { status: 201 })
}
