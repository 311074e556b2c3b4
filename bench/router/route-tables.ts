import { createRouter, type RoutableFunction } from '../../src/artifact/routes/index.ts'
import type { LookUp, Table } from './table.ts'

const mixed = (i: number): string =>
  [`/page/${i}`, `/shop${i}/:id`, `/api/v1/:tenant/thing${i}`, `/docs/topic${i}/*`][i % 4]!
/** Look-ups of functions by their routes. */
export const ROUTE_TABLES: Table[] = [
  {
    title: 'literals',
    create: (count) => createRoutes(count, (i) => `/page/${i}`),
    path: (i) => `/page/${i}`,
    isHit: true,
  },
  {
    title: 'literals, misses',
    create: (count) => createRoutes(count, (i) => `/page/${i}`),
    path: (i) => `/other/${i}`,
    isHit: false,
  },
  {
    title: 'patterns with a literal first segment each',
    create: (count) => createRoutes(count, (i) => `/shop${i}/:category/:id`),
    path: (i) => `/shop${i}/shoes/4711`,
    isHit: true,
  },
  {
    title: 'the same, misses',
    create: (count) => createRoutes(count, (i) => `/shop${i}/:category/:id`),
    path: (i) => `/shop${i}/shoes`,
    isHit: false,
  },
  {
    title: 'patterns behind one prefix, told apart behind it',
    create: (count) => createRoutes(count, (i) => `/api/v1/thing${i}/:id`),
    path: (i) => `/api/v1/thing${i}/4711`,
    isHit: true,
  },
  {
    title: 'patterns behind one prefix, told apart behind a parameter',
    create: (count) => createRoutes(count, (i) => `/api/v1/:tenant/thing${i}`),
    path: (i) => `/api/v1/acme/thing${i}`,
    isHit: true,
  },
  {
    title: 'the same, misses',
    create: (count) => createRoutes(count, (i) => `/api/v1/:tenant/thing${i}`),
    path: (i) => `/api/v1/acme/other${i}`,
    isHit: false,
  },
  {
    title: 'patterns that begin with a parameter',
    create: (count) => createRoutes(count, (i) => `/:tenant/thing${i}`),
    path: (i) => `/acme/thing${i}`,
    isHit: true,
  },
  {
    title: 'a slash at the end, for which each route is tried twice',
    create: (count) => createRoutes(count, (i) => `/api/v1/:tenant/thing${i}/*`),
    path: (i) => `/api/v1/acme/thing${i}/`,
    isHit: true,
  },
  {
    title: 'a mix, hits',
    create: (count) => createRoutes(count, mixed),
    path: (i) => mixed(i).replace(/:\w+|\*/g, 'acme'),
    isHit: true,
  },
  {
    title: 'a mix, misses',
    create: (count) => createRoutes(count, mixed),
    path: (i) => `/nobody/knows/${i}`,
    isHit: false,
  },
]

function createRoutes(count: number, pattern: (i: number) => string): LookUp {
  const router = createRouter(
    Array.from({ length: count }, (_, i) => toFunction(`fn${i}`, pattern(i))),
    { hasStatic: () => false },
  )
  return (path) => router.find('GET', path) !== undefined
}

function toFunction(name: string, pattern: string): RoutableFunction {
  return { name, priority: 10, routes: [{ pattern, methods: [] }], excludedRoutes: [] }
}
