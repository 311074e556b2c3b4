import type { Config, Context } from '@netlify/functions'

/** Draws a postcard of any city, unless `public/postcards` already has one: static files come first. */
export default async (req: Request, context: Context) => {
  const city = decodeURIComponent(context.params[0] ?? '').replace(/\.svg$/, '')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200">
  <rect width="300" height="200" fill="#cde7f0"/>
  <circle cx="240" cy="55" r="28" fill="#f6c453"/>
  <path d="M0 150 Q75 105 150 150 T300 150 V200 H0 Z" fill="#5b8c6a"/>
  <text x="150" y="185" font-family="Georgia, serif" font-size="24" fill="#fff" text-anchor="middle">${escape(city)}</text>
</svg>`
  return new Response(svg, { headers: { 'content-type': 'image/svg+xml' } })
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}

export const config: Config = {
  path: '/postcards/*',
  preferStatic: true,
}
