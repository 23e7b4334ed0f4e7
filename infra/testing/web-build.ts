// What all tests of a run share: a folder for their files, which ends with the run, and one build of the page for all browser tests.
// The first test that needs the page builds it.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWeb } from '../build/build.ts'
import { until } from './until.ts'

/** Names the folder of the page, for the processes that run the tests. */
const WEB_BUILD = 'TAIFAS_TEST_WEB'
/** Some programs run as another user. */
const FOR_EVERY_USER = 0o755

/** Before and after all tests of a run. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'taifas-tests-'))
  await chmod(folder, FOR_EVERY_USER)
  process.env['TMPDIR'] = folder
  process.env[WEB_BUILD] = folder
  return () => rm(folder, { recursive: true, force: true })
}

/** The built page: the one of this run of the tests, or outside of one a build in `folder`. */
export async function builtPage(folder: string): Promise<string> {
  const run = process.env[WEB_BUILD] ?? folder
  const webDir = join(run, 'web')
  // Of several processes that try, one can make this folder.
  const isFirst = await mkdir(join(run, 'building')).then(
    () => true,
    () => false
  )
  if (!isFirst) return until('the built page', () => existsSync(webDir) && webDir, 60_000)
  await buildWeb({ outDir: join(run, 'unfinished') })
  await rename(join(run, 'unfinished'), webDir)
  return webDir
}
