import { revalidatePath, revalidateTag } from 'next/cache'

export async function POST(request) {
  const { path, tag } = await request.json()
  if (path !== undefined) revalidatePath(path)
  if (tag !== undefined) revalidateTag(tag, { expire: 0 })
  return Response.json({ path, tag })
}
