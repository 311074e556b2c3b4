import type { Site } from '../gateway/functions/index.ts'

/** Which site answers under which host name. A host with one site serves it under every name. */
export class SiteTable {
  #only: Site | undefined

  /** From now on requests get this site; those that have begun keep what they have. */
  publish(site: Site): void {
    this.#only = site
  }

  find(_host: string): Site | undefined {
    return this.#only
  }
}
