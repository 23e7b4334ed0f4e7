import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../../../infra/testing/folder.ts'
import { forget, openFile } from './file.ts'
import { openMasks } from './masking.ts'

/** Numbers that are the same in each run. */
function series(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return (state >> 8) % below
  }
}

test('no key of a removed or edited text is left anywhere in the file, whatever moved in between', () => {
  const folder = newFolder()
  const path = join(folder, 'chat.sqlite')
  const db = openFile(path)
  const masks = openMasks(db)
  const keyOf = db.prepare('SELECT key FROM masks WHERE n = ?')
  const hex = (mask: number) => Buffer.from(keyOf.get(mask)?.['key'] as Uint8Array).toString('hex')
  const living = new Map<number, string>()
  const gone = new Set<string>()
  const below = series(7)
  db.exec('BEGIN')
  for (let n = 0; n < 8_000; n += 1) {
    const some = [...living.keys()][below(Math.max(living.size, 1))]
    const act = below(10)
    if (some === undefined || act < 6) {
      const { mask } = masks.cover(`text ${n}`)
      living.set(mask, hex(mask))
    } else {
      gone.add(living.get(some) ?? '')
      if (act === 6) {
        masks.cover(`text ${n}`, some)
        living.set(some, hex(some))
      } else {
        masks.wipe(some)
        living.delete(some)
      }
    }
  }
  db.exec('COMMIT')
  forget(db)
  // Keys stand in the file as bytes at any offset: every window of a key's length is one of these.
  const file = readFileSync(path).toString('hex')
  const length = [...living.values()][0]?.length ?? 0
  const windows = new Set(Array.from({ length: file.length / 2 }, (_, n) => file.slice(2 * n, 2 * n + length)))
  const found = (keys: Iterable<string>) => [...keys].filter((key) => windows.has(key)).length
  expect(gone.size).toBeGreaterThan(2_000)
  expect(found(living.values())).toBe(living.size)
  expect(found(gone)).toBe(0)
  expect(readFileSync(`${path}-wal`)).toHaveLength(0)
  db.close()
})
