export default async (request) => Response.json({ booked: await request.json() }, { status: 201 })
export const config = { path: '/api/stays', method: 'POST' }
