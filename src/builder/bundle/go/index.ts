export { bundleGo, type GoBundle } from './bundle-go.ts'
export { findGo } from './toolchain.ts'
