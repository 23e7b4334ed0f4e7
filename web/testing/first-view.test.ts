// The bytes that load before the sign-in form shows: the page, and the files it names.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildWeb } from '../../infra/build/build.ts'

/** HTML, CSS and JS of the first view, compressed with brotli: not more than in the release before. */
const FIRST_VIEW_MAX_BYTES = 22_000
/** The chat behind it as well, in English; emoji and the colors of code load when they are used. */
const ORDINARY_HOUR = /^(index\.html|theme\.js|sw\.js|assets\/(main|chunk|inside|style)-\w+\.(js|css))$/
const ORDINARY_HOUR_MAX_BYTES = 75_000

test('the first view is light, and so is all that an ordinary hour loads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taifas-first-view-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const outDir = join(folder, 'web')
  const { files } = await buildWeb({ outDir })
  const page = await readFile(join(outDir, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:css|js))"/g)].map(([, file = '']) => file)
  const total = async (files: readonly string[]) => {
    const sizes = await Promise.all(files.map(async (file) => (await readFile(join(outDir, `${file}.br`))).length))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
  const first = await total(['index.html', ...named])
  const hour = await total(files.filter((file) => ORDINARY_HOUR.test(file)))
  console.log(`the first view is ${first} bytes in ${named.length + 1} files, an ordinary hour ${hour}`)
  expect(named.length).toBeGreaterThanOrEqual(3)
  expect(first).toBeLessThan(FIRST_VIEW_MAX_BYTES)
  expect(hour).toBeLessThan(ORDINARY_HOUR_MAX_BYTES)
})
