export type { Bundle, BundleFile, BundleInput, Bundler } from './types.ts'
