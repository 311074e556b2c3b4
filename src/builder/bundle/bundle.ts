import { RoostErrors } from '../../base/errors/index.ts'
import type { BuildWarning } from '../project/index.ts'
import type { Bundle, BundleInput, Bundler } from './bundler.ts'
import { chooseMethod, type Method } from './choose.ts'
import { bundleEverything } from './everything/bundle-everything.ts'
import { bundleLocal } from './local/bundle-local.ts'
import { bundleNone } from './none/bundle-none.ts'
import { isolatePluginFunction } from './plugin-modules.ts'
import type { BundleSession } from './session.ts'
import { bundleUntouched } from './whole/bundle-untouched.ts'

const METHODS: Record<Method, (input: BundleInput, session: BundleSession) => Promise<Bundle>> = {
  local: bundleLocal,
  everything: bundleEverything,
  whole: (input, session) => bundleUntouched(input, session, true),
  traced: (input, session) => bundleUntouched(input, session, false),
  none: bundleNone,
}

/** The one bundler of a build: picks the method of each function (see choose.ts) and what they share. */
export function createBundler(session: BundleSession): Bundler {
  return async (given) => {
    const input = isolatePluginFunction(given)
    const { method, fallback } = await chooseMethod(input)
    try {
      return await METHODS[method](input, session)
    } catch (error) {
      if (fallback === undefined || !(error instanceof RoostErrors) || isRefusal(error)) throw error
      return fallBack(input, fallback, error, session)
    }
  }
}

/** The other way of bundling might not meet the link, and must not make up for it. */
function isRefusal({ errors }: RoostErrors): boolean {
  return errors.some(({ code }) => code === 'LINK_OUTSIDE_REPOSITORY')
}

/** When the second way fails as well, the first error is the one that counts (build.md §11.1). */
async function fallBack(input: BundleInput, method: Method, first: RoostErrors, session: BundleSession) {
  const bundle = await METHODS[method](input, session).catch(() => {
    throw first
  })
  const reasons = first.errors.map(
    (error): BuildWarning => ({
      code: 'BUNDLER_FALLBACK',
      functionName: input.source.name,
      message: `esbuild could not bundle "${input.source.name}"; its files are shipped untouched instead. ${error.message}`,
    }),
  )
  const isSaid = ({ file, line }: BuildWarning) =>
    first.errors.some(({ details }) => details.file === file && details.line === line)
  const others = bundle.warnings.filter((warning) => warning.code !== 'ESBUILD_WARNING' || !isSaid(warning))
  return { ...bundle, warnings: [...others, ...reasons] }
}
