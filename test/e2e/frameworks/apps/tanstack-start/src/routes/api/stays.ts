import { createFileRoute } from '@tanstack/react-router'

export const Route = createFileRoute('/api/stays')({
  server: {
    handlers: {
      GET: ({ request }) => Response.json({ city: new URL(request.url).searchParams.get('city') }),
      POST: async ({ request }) => Response.json({ booked: await request.json() }, { status: 201 }),
    },
  },
})
