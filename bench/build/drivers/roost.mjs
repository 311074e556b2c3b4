// Roost as `roost build` and the watcher run it: the published program, the build in its child process.
import { createBuilder } from '../../../dist/build/child/index.js'
import { serveBuilds } from './serve-builds.mjs'

const builder = createBuilder()
serveBuilds(async ({ dir, outDir }) => (await builder.build({ dir, outDir })).functions.length)
