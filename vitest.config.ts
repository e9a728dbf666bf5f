import { defineConfig } from 'vitest/config';

// Native add-ons hang at exit in worker threads, so every test file gets a process of its own.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
