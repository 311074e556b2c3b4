import { index, type RouteConfig, route } from '@react-router/dev/routes'

export default [
  index('routes/home.tsx'),
  route('about', 'routes/about.tsx'),
  route('stays/:city', 'routes/stay.tsx'),
  route('later', 'routes/later.tsx'),
  route('guestbook', 'routes/guestbook.tsx'),
  route('api/stays', 'routes/api-stays.ts'),
  route('api/count', 'routes/api-count.ts'),
] satisfies RouteConfig
