export { convertNetlifyOutput } from './convert.ts'
export { type NetlifyFunction, readNetlifyFunction } from './read-archive.ts'
