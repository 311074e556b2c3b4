import type { Config } from '@netlify/functions'
import { handle } from 'hono/netlify'
import { app } from '../../src/app'

export default handle(app)

export const config: Config = { path: '/*', preferStatic: true }
