import { reqHandler } from '../../dist/app/server/server.mjs'

export default (request) => reqHandler(request)
export const config = { path: '/*', excludedPath: '/api/*', preferStatic: true }
