import type { Rule } from '../rule.ts'
import { findLargeBundles } from './bundle-size.ts'
import { findOddSchedules } from './cron-dialect.ts'
import { findRefusedVariables } from './environment.ts'
import { findUndone } from './gaps.ts'
import { findIdleHeaderRules } from './header-rules.ts'
import { findHiddenDefaultUrls } from './hidden-default-urls.ts'
import { findJsBesideTs } from './js-beside-ts.ts'
import { findForeignBinaries } from './native-binaries.ts'
import { findNodeRuntimes } from './node-runtime.ts'
import { findNotOffered } from './not-offered.ts'
import { findOwnDirname } from './own-dirname.ts'
import { findUnsupportedStatuses } from './redirect-status.ts'
import { findMissingTargets } from './redirect-targets.ts'
import { findIdleRedirects } from './redirects-idle.ts'
import { findLoops } from './redirects-looping.ts'
import { findShadowedRedirects } from './redirects-shadowed.ts'
import { findRoostKeys } from './roost-keys.ts'
import { findUnreachableRoutes } from './routes.ts'
import { findTomlVariables } from './toml-variables.ts'
import { findUnbundledFiles } from './unbundled-files.ts'
import { findUnbundledPackages } from './unbundled-packages.ts'

/** Everything that is looked for beyond what builds and analyses say anyway. */
export const RULES: readonly Rule[] = [
  findUnbundledFiles,
  findUnbundledPackages,
  findForeignBinaries,
  findLargeBundles,
  findJsBesideTs,
  findOwnDirname,
  findUnreachableRoutes,
  findHiddenDefaultUrls,
  findShadowedRedirects,
  findLoops,
  findIdleRedirects,
  findMissingTargets,
  findUnsupportedStatuses,
  findIdleHeaderRules,
  findTomlVariables,
  findRefusedVariables,
  findNodeRuntimes,
  findOddSchedules,
  findRoostKeys,
  findNotOffered,
  findUndone,
]
