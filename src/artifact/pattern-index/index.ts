export { PatternIndex, type PatternPrefix } from './pattern-index.ts'
export { Shelves } from './shelves.ts'
