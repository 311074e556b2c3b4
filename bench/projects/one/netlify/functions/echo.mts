export default async (req: Request) => Response.json(await req.json())
