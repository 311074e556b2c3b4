import { error } from '@sveltejs/kit'

export function load({ params }) {
  if (params.city === 'atlantis') error(404, 'sunk')
  return { city: params.city }
}
