import type { Kind } from './project.ts'

export interface Tool {
  title: string
  /** Below drivers/, with its argument. */
  driver: [file: string, mode?: string]
  kinds: readonly Kind[]
  /** What it rebuilds after an edit; absent: it is not asked to. */
  rebuilds?: 'all' | 'edited'
}

const BOTH: readonly Kind[] = ['own', 'packages']

export const TOOLS = {
  roost: { title: 'Roost', driver: ['roost.mjs'], kinds: BOTH, rebuilds: 'all' },
  archives: {
    title: 'zip-it-and-ship-it, archives',
    driver: ['zisi.mjs', 'archives'],
    kinds: BOTH,
    rebuilds: 'all',
  },
  folders: {
    title: 'zip-it-and-ship-it, folders',
    driver: ['zisi.mjs', 'folders'],
    kinds: BOTH,
    rebuilds: 'all',
  },
  one: {
    title: 'zip-it-and-ship-it, edited one',
    driver: ['zisi.mjs', 'one'],
    kinds: BOTH,
    rebuilds: 'edited',
  },
  each: { title: 'esbuild, a call a function', driver: ['esbuild.mjs', 'each'], kinds: ['own'] },
  all: { title: 'esbuild, one call', driver: ['esbuild.mjs', 'all'], kinds: ['own'] },
} as const satisfies Record<string, Tool>

export type ToolName = keyof typeof TOOLS
