// The bytes that load before the sign-in form shows, and those that load by themselves behind it.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { builtPage } from '../../infra/testing/web-build.ts'
import { texts } from '../locales/en/chat.ts'

/** HTML, CSS and JS of the first view, compressed with brotli. */
const FIRST_VIEW_MAX_BYTES = 20_000
/** The chat behind it as well, in English. What loads when it is first used does not count: see components/parts.ts. */
const ORDINARY_HOUR_MAX_BYTES = 74_000

test('the first view is light, and so is all that an ordinary hour loads', async () => {
  const folder = newFolder()
  const outDir = await builtPage(folder)
  const files = await readdir(outDir, { recursive: true })
  const read = (file: string) => readFile(join(outDir, file), 'utf8')
  const sizeOf = async (file: string) => (await readFile(join(outDir, `${file}.br`))).length
  const total = async (files: Iterable<string>) =>
    (await Promise.all([...files].map(sizeOf))).reduce((sum, size) => sum + size, 0)

  const named = [...(await read('index.html')).matchAll(/(?:src|href)="\/([^"]+\.(?:css|js))"(?! fetch)/g)].map(
    ([, file = '']) => file
  )
  const english: string[] = []
  for (const file of files.filter((file) => file.startsWith('assets/chat-')))
    if ((await read(file)).includes(texts['room.start'])) english.push(file)
  expect(english).toHaveLength(1)
  const inside = files.filter((file) => /^assets\/inside-\w+\.js$/.test(file))
  const hour = new Set(['index.html', 'sw.js', ...named, ...inside, ...english])
  // A set that grows is walked to its end.
  for (const file of hour)
    for (const [, imported] of (await read(file)).matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g))
      hour.add(`assets/${imported}`)

  const [first, all] = [await total(['index.html', ...named]), await total(hour)]
  console.log(`the first view is ${first} bytes in ${named.length + 1} files, an ordinary hour ${all} in ${hour.size}`)
  expect(named.length).toBeGreaterThanOrEqual(3)
  expect(first).toBeLessThan(FIRST_VIEW_MAX_BYTES)
  expect(all).toBeLessThan(ORDINARY_HOUR_MAX_BYTES)
})
