import type { Check } from '../scene.ts'
import { bodyChecks } from './bodies.ts'
import { fetchChecks } from './fetch.ts'
import { headersChecks } from './headers.ts'
import { requestChecks } from './request.ts'
import { responseChecks } from './response.ts'
import { shapeChecks } from './shape.ts'

const group = (name: string, checks: Check[]): Check[] =>
  checks.map(([check, run]) => [`${name}: ${check}`, run])

/**
 * What requests, responses and their headers do: the Fetch standard, and the ground that the web platform tests in
 * fetch/api/{request,response,headers} cover. Nothing is said about results: two implementations must agree.
 */
export const allChecks: readonly Check[] = [
  ...group('shape', shapeChecks),
  ...group('body', bodyChecks),
  ...group('response', responseChecks),
  ...group('headers', headersChecks),
  ...group('request', requestChecks),
  ...group('fetch', fetchChecks),
]
