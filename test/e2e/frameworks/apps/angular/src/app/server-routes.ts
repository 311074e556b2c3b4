import { RenderMode, type ServerRoute } from '@angular/ssr'

export const serverRoutes: ServerRoute[] = [
  { path: 'about', renderMode: RenderMode.Prerender },
  { path: '', renderMode: RenderMode.Server },
  { path: 'stays/:city', renderMode: RenderMode.Server },
  { path: '**', renderMode: RenderMode.Server, status: 404 },
]
