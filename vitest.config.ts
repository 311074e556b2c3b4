import { defineConfig } from 'vitest/config'

// Three projects: `fast` (unit and contract tests, part of `npm run check`), `real` (child processes, sockets) and
// `frameworks` (apps that their own tools build, minutes when nothing is cached: `npm run test:frameworks`).
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
