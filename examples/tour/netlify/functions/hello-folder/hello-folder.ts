import { greet } from './greet'

export default async () => new Response(greet('a folder, from the file that has its name'))
