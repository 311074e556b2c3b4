import type { ManifestFunction } from '../../src/artifact/manifest/index.ts'

/** A function of a manifest, in the web format and without routes of its own unless `own` says otherwise. */
export function sampleFunction(own: Partial<ManifestFunction> & { name: string }): ManifestFunction {
  return {
    dir: `functions/${own.name}`,
    entry: 'main.mjs',
    format: 'web',
    routes: [],
    excludedRoutes: [],
    invocationMode: 'streaming',
    priority: 10,
    digest: '',
    ...own,
  }
}
