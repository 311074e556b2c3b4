import { nanoid } from 'nanoid'

export default async () => Response.json({ ticket: nanoid() })
