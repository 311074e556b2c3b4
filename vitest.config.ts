import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// The processes and threads that tests start keep what Node compiles, types stripped, as `bin/roost.js` does for itself: opening
// a store of blobs, which starts a thread, takes half the time.
const caches = process.env.XDG_CACHE_HOME ?? (process.env.HOME && join(process.env.HOME, '.cache'))
if (caches) process.env.NODE_COMPILE_CACHE ??= join(caches, 'roost', 'compile')

/**
 * Other Nodes on which the suites of the runtime pass: the oldest and the newest always, since what differs between them differs
 * at one end; all of them in `npm run soak`.
 */
const NODES = (process.env.ROOST_TEST_NODES ?? '18,26').split(',')

// Projects: `fast` (unit and contract tests, part of `npm run check`), `real` (child processes, sockets), `node-18` and so
// on (the suites of the runtime once more, on that Node), `heavy` (load, kills, attacks and hostile functions, one file at a
// time: `npm run test:heavy`) and `frameworks` (apps that their own tools build, minutes when nothing is cached:
// `npm run test:frameworks`).
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/compat/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/frameworks/**'],
        },
      },
      ...NODES.map((major) => ({
        extends: true as const,
        test: {
          name: `node-${major}`,
          include: ['test/compat/runtime/**/*.test.ts', 'test/contract/fetch/**/*.test.ts'],
          env: { ROOST_TEST_NODE_MAJOR: major },
        },
      })),
      {
        extends: true,
        test: {
          name: 'heavy',
          include: ['test/heavy/**/*.test.ts'],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'frameworks',
          include: ['test/e2e/frameworks/*.test.ts'],
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
