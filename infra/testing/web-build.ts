// Builds the page once for all browser tests of a run, into a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWeb } from '../build/build.ts'

/** Names the folder, for the processes that run the tests. */
export const WEB_BUILD = 'TAIFAS_TEST_WEB'

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'taifas-web-'))
  const webDir = join(folder, 'web')
  await buildWeb({ outDir: webDir })
  process.env[WEB_BUILD] = webDir
  return () => rm(folder, { recursive: true })
}
