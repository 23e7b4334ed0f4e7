import { defineConfig } from 'vitest/config'

// Three kinds of tests, told apart by their file names; `npm run check` runs the first, `npm test` all.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,web,infra}/**/*.test.ts'],
          exclude: ['**/*.redis.test.ts', '**/*.browser.test.ts']
        }
      },
      {
        test: { name: 'redis', include: ['{src,infra}/**/*.redis.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 }
      },
      { test: { name: 'browser', include: ['web/**/*.browser.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } }
    ]
  }
})
