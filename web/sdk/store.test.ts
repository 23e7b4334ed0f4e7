// The stores, all against one contract, and the records in them.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { newId } from '../../src/contract.ts'
import type { OutboxItem } from '../engine/outbox/item.ts'
import { mapStorage } from '../state/page.fixture.ts'
import { storePlace, storedOutbox, readPlace } from './records.ts'
import { claimOrigin } from './store-claim.ts'
import { fileStore } from './store-file.ts'
import { browserStore, memoryStore, type ClientStore } from './store.ts'

function folder(): string {
  const made = newFolder()
  return made
}

describe.each<[string, () => ClientStore]>([
  ['in memory', memoryStore],
  ['in a folder', () => fileStore(join(folder(), 'made/on/demand'))],
  ["in a browser's storage", () => browserStore(mapStorage())]
])('a store %s', (_, make) => {
  test('keeps values under any key until they are removed', async () => {
    const store = make()
    expect(await store.get('place:a')).toBeUndefined()
    await store.put('place:a', { seq: 1 })
    await store.put('place:b/../c?', ['żółw'])
    expect([await store.get('place:a'), await store.get('place:b/../c?')]).toEqual([{ seq: 1 }, ['żółw']])
    await store.remove('place:a')
    await store.remove('place:a')
    expect([await store.get('place:a'), await store.get('place:b/../c?')]).toEqual([undefined, ['żółw']])
  })

  test('the last of several writes counts, and the stored value is a copy', async () => {
    const store = make()
    const value = { seq: 0 }
    await Promise.all(Array.from({ length: 20 }, (_, seq) => store.put('place', { seq })))
    await store.put('other', value)
    value.seq = 7
    expect([await store.get('place'), await store.get('other')]).toEqual([{ seq: 19 }, { seq: 0 }])
  })
})

test.each([
  ['with locks', navigator],
  ['without locks, on plain http', {}]
])("of several pages one has the origin's storage, until it closes: %s", async (_, browser) => {
  const claims = await Promise.allSettled(Array.from({ length: 3 }, () => claimOrigin(browser)))
  const [release, ...more] = claims.flatMap((claim) => (claim.status === 'fulfilled' ? [claim.value] : []))
  expect(more).toEqual([])
  await expect(claimOrigin(browser)).rejects.toMatchObject({ name: 'ClientError', reason: 'in-use' })
  await release?.()
  await (
    await claimOrigin(browser)
  )()
})

test('the next process reads the folder; half a write counts for nothing, and an unreadable value is an error', async () => {
  const where = folder()
  await fileStore(where).put('place:lobby', { seq: 1 })
  expect(readdirSync(where)).toEqual(['place%3Alobby.json'])
  writeFileSync(join(where, 'place%3Alobby.json.new'), '{"seq":')
  const next = fileStore(where)
  expect(await next.get('place:lobby')).toEqual({ seq: 1 })
  await next.put('place:lobby', { seq: 2 })
  expect(await fileStore(where).get('place:lobby')).toEqual({ seq: 2 })
  writeFileSync(join(where, 'place%3Alobby.json'), '{"seq":')
  await expect(next.get('place:lobby')).rejects.toThrow("can't be read")
})

test('a stored place is valid or an error', async () => {
  const store = memoryStore()
  const at = { epoch: 'e', seq: 3, id: newId() }
  expect(await readPlace(store, 'lobby')).toBeNull()
  await storePlace(store, 'lobby', { at, until: at })
  expect(await readPlace(store, 'lobby')).toEqual({ v: 1, at, until: at })
  await store.put('place:lobby', { v: 1, at: 'somewhere' })
  await expect(readPlace(store, 'lobby')).rejects.toThrow('Invalid type')
  await store.put('place:lobby', { v: 2, at: 'somewhere' })
  await expect(readPlace(store, 'lobby')).rejects.toMatchObject({ reason: 'newer' })
})

test('changes of the outbox during a write are written together, and a failure is reported and repaired', async () => {
  const puts: unknown[] = []
  const failures: unknown[] = []
  const inner = memoryStore()
  const store: ClientStore = {
    ...inner,
    async put(key, value) {
      puts.push(value)
      if (puts.length === 1) throw new Error('disk full')
      await inner.put(key, value)
    }
  }
  const item = (text: string): OutboxItem => ({ v: 1, id: newId(), room: 'lobby', text, at: 1, state: 'queued' })
  const items = Array.from({ length: 50 }, (_, n) => item(`${n}`))
  const outbox = await storedOutbox(store, 'me', (cause) => failures.push(cause))
  expect(await outbox.load()).toEqual([])
  for (const item of items) outbox.put(item)
  await outbox.written()
  expect([puts.length, failures.length]).toEqual([2, 1])
  expect(await (await storedOutbox(store, 'me', () => {})).load()).toEqual(items)
  expect(await (await storedOutbox(store, 'somebody else', () => {})).load()).toEqual([])
  await store.put('outbox:broken', 'no list')
  await expect(storedOutbox(store, 'broken', () => {})).rejects.toThrow('Invalid type')
  for (const { id } of items) outbox.remove(id)
  await outbox.written()
  expect(await inner.get('outbox:me')).toBeUndefined()
})
