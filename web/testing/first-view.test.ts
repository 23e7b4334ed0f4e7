// The bytes that load before the sign-in form shows: the page, and the files it names.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildWeb } from '../../infra/build/build.ts'

/** HTML, CSS and JS of the first view, compressed with brotli: not more than in the release before. */
const FIRST_VIEW_MAX_BYTES = 22_000

test('the first view is light', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taifas-first-view-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const outDir = join(folder, 'web')
  await buildWeb({ outDir })
  const page = await readFile(join(outDir, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:css|js))"/g)].map(([, file = '']) => file)
  const sizes = await Promise.all(
    ['index.html', ...named].map(async (file) => (await readFile(join(outDir, `${file}.br`))).length)
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  console.log(`the first view is ${bytes} bytes in ${sizes.length} files`)
  expect(named.length).toBeGreaterThanOrEqual(3)
  expect(bytes).toBeLessThan(FIRST_VIEW_MAX_BYTES)
})
