import { type Roost, startRoost } from '../../helpers/roost.ts'
import { type BuildOptions, buildApp } from './build-app.ts'

export interface ServeOptions extends BuildOptions {
  /** Flags of `roost serve` beside the port. */
  flags?: string[]
}

/** An app of `apps/` as its user would put it up: built by its own tool, then `roost serve`. The caller stops it. */
export async function serveApp(name: string, { flags = [], ...build }: ServeOptions = {}): Promise<Roost> {
  const folder = await buildApp(name, build)
  return startRoost(['serve', folder, '--port', '0', ...flags])
}
