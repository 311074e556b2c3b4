export function GET(request) {
  return Response.json({ city: new URL(request.url).searchParams.get('city') })
}

export async function POST(request) {
  const headers = new Headers({ 'content-type': 'application/json' })
  headers.append('set-cookie', 'booked=yes; Path=/')
  headers.append('set-cookie', 'thanks=yes; Path=/')
  return new Response(JSON.stringify({ booked: await request.json() }), { status: 201, headers })
}
