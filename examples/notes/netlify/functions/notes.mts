import { getStore } from '@netlify/blobs'
import type { Config, Context } from '@netlify/functions'

interface Note {
  text: string
  createdAt: string
}

const MAX_TEXT = 5000

export default async (request: Request, { params }: Context) => {
  // Strong: a note that was just written is in the next list.
  const store = getStore({ name: 'notes', consistency: 'strong' })
  switch (request.method) {
    case 'GET': {
      const { blobs } = await store.list()
      const notes = await Promise.all(
        blobs.map(async ({ key }) => ({ id: key, ...((await store.get(key, { type: 'json' })) as Note) })),
      )
      return Response.json(notes)
    }
    case 'POST': {
      const { text } = (await request.json()) as { text?: unknown }
      if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_TEXT)
        return Response.json({ error: `A note has 1 to ${MAX_TEXT} characters.` }, { status: 400 })
      const createdAt = new Date().toISOString()
      // Keys are listed in their order: the moment comes first, what makes it unique after.
      const id = `${createdAt}-${crypto.randomUUID()}`
      await store.setJSON(id, { text, createdAt } satisfies Note, { onlyIfNew: true })
      return Response.json({ id, text, createdAt }, { status: 201 })
    }
    case 'DELETE':
      // Without a key the client would name the store, and delete all of it.
      if (!params.id) return Response.json({ error: 'Name the note: /api/notes/ID.' }, { status: 400 })
      await store.delete(params.id)
      return new Response(null, { status: 204 })
  }
}

export const config: Config = {
  path: ['/api/notes', '/api/notes/:id'],
  method: ['GET', 'POST', 'DELETE'],
}
