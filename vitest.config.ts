import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Vite would take graphql's ES module build, and Pothos and Yoga the CommonJS one: two copies that refuse each other.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
    include: ['test/**/*.test.ts'],
    // They need programs that are not everybody's: npm run test:deploy.
    exclude: ['test/deploy/programs/**'],
    globalSetup: 'test/support/global-setup.ts',
    // An embedded PostgreSQL is a quarter of a gigabyte and a core: one per file, two files at a time.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // What is waited for comes within a second here: on a machine that others have, too, it may take longer.
    expect: { poll: { timeout: 10_000 } },
  },
})
