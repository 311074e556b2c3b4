import { json } from '@sveltejs/kit'
import { read } from '$app/server'
import prices from '$lib/prices.txt'

export async function GET({ url }) {
  return json({ city: url.searchParams.get('city'), prices: await read(prices).text() })
}

export async function POST({ request }) {
  return json({ booked: await request.json() }, { status: 201 })
}
