import { createHeaderTable, createRedirectTable } from '../../src/artifact/rules/index.ts'
import { sampleHeaders, sampleRedirect } from '../../test/helpers/sample-rules.ts'
import type { LookUp, Table } from './table.ts'

const REST = '/shoes/4711'

/** Look-ups among redirect rules and among header rules. */
export const RULE_TABLES: Table[] = [
  {
    title: 'redirects, literals',
    create: (count) => createRedirects(count, (i) => `/page/${i}`),
    path: (i) => `/page/${i}`,
    isHit: true,
  },
  {
    title: 'the same, misses',
    create: (count) => createRedirects(count, (i) => `/page/${i}`),
    path: (i) => `/other/${i}`,
    isHit: false,
  },
  {
    title: 'redirects, prefixes with a splat',
    create: (count) => createRedirects(count, (i) => `/shop${i}/*`),
    path: (i) => `/shop${i}${REST}`,
    isHit: true,
  },
  {
    title: 'the same with encoded segments',
    create: (count) => createRedirects(count, (i) => `/größe/shop${i}/*`),
    path: (i) => `/gr%C3%B6%C3%9Fe/shop${i}${REST}`,
    isHit: true,
  },
  {
    title: 'redirects, placeholders behind one prefix',
    create: (count) => createRedirects(count, (i) => `/blog/:year/post${i}/:page`),
    path: (i) => `/blog/2026/post${i}/2`,
    isHit: true,
  },
  {
    title: '1,000 header rules, each for a folder, and one for all',
    count: 1000,
    create: (count) => createHeaders(count, (i) => `/shop${i}/*`),
    path: (i) => `/shop${i}${REST}`,
    isHit: true,
  },
  {
    title: '1,000 header rules, each for an ending, and one for all',
    count: 1000,
    targetNs: 20_000,
    create: (count) => createHeaders(count, (i) => `/*.e${i}`),
    path: (i) => `/assets/shoes/4711.e${i}`,
    isHit: true,
  },
]

function createRedirects(count: number, from: (i: number) => string): LookUp {
  const table = createRedirectTable(
    Array.from({ length: count }, (_, i) => sampleRedirect(from(i), '/to/:splat')),
  )
  return (path) => table.find({ path, query: '', origin: 'https://example.com' }, () => true) !== undefined
}

function createHeaders(count: number, pattern: (i: number) => string): LookUp {
  const own = Array.from({ length: count }, (_, i) => sampleHeaders(pattern(i), { 'X-Own': `${i}` }))
  const table = createHeaderTable([sampleHeaders('/*', { 'X-Frame-Options': 'DENY' }), ...own])
  return (path) => table.find(path).headers.length > 2
}
