import type { PackageJson } from './session.ts'

const BUILD_TOOLS = ['bindings', 'nan', 'node-gyp', 'node-gyp-build', 'node-pre-gyp', 'prebuild']

/** Whether a package brings compiled code, which no bundler can put into a JavaScript file (build.md §11.3). */
export function isNativePackage(json: PackageJson): boolean {
  if (json.binary !== undefined || json.gypfile !== undefined) return true
  const dependencies = { ...json.dependencies, ...json.devDependencies }
  if (BUILD_TOOLS.some((name) => dependencies[name] !== undefined)) return true
  return Array.isArray(json.files) && json.files.some((file) => String(file).endsWith('.node'))
}
