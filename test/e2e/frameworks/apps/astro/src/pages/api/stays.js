export function GET({ url }) {
  return Response.json({ city: url.searchParams.get('city') })
}

export async function POST({ request }) {
  return Response.json({ booked: await request.json() }, { status: 201 })
}
