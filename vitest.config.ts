import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { languagesOf } from './infra/build/languages.ts'
import MixedSequencer from './infra/testing/sequencer.ts'

// Three kinds of tests, told apart by their file names; `npm run check` runs the first, `npm test` all. Redis and browser tests
// start real programs, which may be slow on a busy machine.
const everywhere = (ending: string) => [`{src,web,infra}/**/*${ending}.test.{ts,tsx}`]
// What is waited for may take as long as a busy machine needs; what is promised is asserted by its own bound.
const PATIENT = { expect: { poll: { timeout: 15_000 } }, setupFiles: ['infra/testing/ends-with-runner.ts'] }
const SLOW = { testTimeout: 60_000, hookTimeout: 60_000, ...PATIENT }
/** As the build fills it in. */
const define = { __LANGUAGES__: JSON.stringify(await languagesOf(resolve(import.meta.dirname, 'web'))) }

export default defineConfig({
  test: {
    // More than there are cores: most of the time a test here waits for a lease, a heartbeat or a browser.
    maxWorkers: 5,
    sequence: { sequencer: MixedSequencer },
    projects: [
      {
        define,
        test: {
          name: 'unit',
          include: everywhere(''),
          exclude: [...everywhere('.redis'), ...everywhere('.browser')],
          testTimeout: 20_000,
          ...PATIENT
        }
      },
      { define, test: { name: 'redis', include: everywhere('.redis'), ...SLOW } },
      {
        define,
        test: {
          name: 'browser',
          include: everywhere('.browser'),
          globalSetup: ['infra/testing/web-build.ts'],
          ...SLOW
        }
      }
    ]
  }
})
