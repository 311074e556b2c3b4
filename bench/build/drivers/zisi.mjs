// Netlify's bundler: `archives` as a build on Netlify runs it, `folders`, as its dev server does, `one` as its dev
// server does after an edit, when it bundles the function that changed.
import { zipFunction, zipFunctions } from '@netlify/zip-it-and-ship-it'
import { serveBuilds } from './serve-builds.mjs'

const mode = process.argv[2]

serveBuilds(async ({ dir, outDir, edited }) => {
  const options = {
    archiveFormat: mode === 'archives' ? 'zip' : 'none',
    basePath: dir,
    repositoryRoot: dir,
    config: { '*': { nodeVersion: '24' } },
  }
  if (mode !== 'one' || edited === undefined)
    return (await zipFunctions(`${dir}/netlify/functions`, outDir, options)).length
  await zipFunction(edited, outDir, options)
  return 1
})
