import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { languagesOf } from './infra/build/languages.ts'
import MixedSequencer from './infra/testing/sequencer.ts'

// Three kinds of tests, told apart by their file names: `.redis.test.ts` and `.browser.test.ts` start real programs, which may be slow
// on a busy machine. `npm run check` runs the others, `npm test` all.
// What is waited for may take as long as a busy machine needs; what is promised is asserted by its own bound.
export default defineConfig({
  /** As the build fills it in. */
  define: { __LANGUAGES__: JSON.stringify(await languagesOf(resolve(import.meta.dirname, 'web'))) },
  test: {
    include: ['{src,web,infra}/**/*.test.{ts,tsx}'],
    globalSetup: ['infra/testing/web-build.ts'],
    // The modules of the server and the page are loaded once per worker, not once per file: that is a quarter of all the work.
    isolate: false,
    execArgv: ['--import', resolve(import.meta.dirname, 'infra/testing/ends-with-runner.ts')],
    // More than there are cores: most of the time a test here waits for a lease, a heartbeat or a browser.
    maxWorkers: 5,
    sequence: { sequencer: MixedSequencer },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } }
  }
})
