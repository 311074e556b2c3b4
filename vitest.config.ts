import { defineConfig } from 'vitest/config'

// Two projects: `fast` (unit and contract tests, part of `npm run check`) and `real` (child processes, sockets).
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
        test: { name: 'real', include: ['test/compat/**/*.test.ts', 'test/e2e/**/*.test.ts'] },
      },
    ],
  },
})
