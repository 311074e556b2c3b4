export const GET = ({ request }) => Response.json({ city: new URL(request.url).searchParams.get('city') })

export const POST = async ({ request }) => Response.json({ booked: await request.json() }, { status: 201 })
