// Drafts of one name in several pages of a browser, with the channels that browsers and Node have alike.
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { newId } from '../../src/contract.ts'
import { browserRecords, tabRecords } from '../engine/records.ts'
import { openDrafts, ofRoom, takeEarlierDrafts, type Draft, type Drafts } from './drafts.ts'
import { mapStorage } from './page.fixture.ts'

const TEA = ofRoom('tea')
const pages: Drafts[] = []

afterEach(() => {
  for (const page of pages.splice(0)) page.close()
})

interface BrowserOptions {
  read?: Promise<void>
  full?: boolean
  writes?: Promise<void>[]
}

/** One browser. Reading its database waits for `read`, and each write for the next of `writes`, without one for ever. */
function openBrowser({ read = Promise.resolve(), full = false, writes }: BrowserOptions = {}) {
  const stored = new Map<string, Draft>()
  const name = newId()
  const page = (storage = mapStorage()) => {
    const records = {
      all: () => read.then(() => [...stored.values()]),
      put: async (draft: Draft) => {
        if (writes) await (writes.shift() ?? new Promise(() => {}))
        if (full) throw new Error('full')
        stored.set(draft.id, draft)
      },
      remove: async (id: string) => void stored.delete(id)
    }
    const own = tabRecords<Draft>('own', (draft) => draft as Draft, storage)
    const drafts = openDrafts(name, () => browserRecords(Promise.resolve(records), own))
    pages.push(drafts)
    return { drafts, text: () => drafts.of(TEA).value?.text }
  }
  return { page, stored }
}

test('what was stored is neither lost nor in the way of what is typed before it is read', async () => {
  const reading = Promise.withResolvers<void>()
  const { page, stored } = openBrowser({ read: reading.promise })
  stored.set(TEA, { v: 1, id: TEA, text: 'from before', at: 1 })
  const { drafts, text } = page()
  drafts.typed(TEA)
  drafts.set(TEA, { text: 'at once' })
  reading.resolve()
  await drafts.ready
  drafts.left(TEA)
  expect(text()).toBe('at once')
  drafts.drop(TEA)
  await expect.poll(() => [text(), stored.get(TEA)?.text]).toEqual(['from before', 'from before'])
})

test('a database that is slow is waited for', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const reading = Promise.withResolvers<void>()
  const { page, stored } = openBrowser({ read: reading.promise })
  stored.set(TEA, { v: 1, id: TEA, text: 'from before', at: 1 })
  const { text } = page()
  await vi.advanceTimersByTimeAsync(8_000)
  reading.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(text()).toBe('from before')
})

test('what is sent in another page goes on here while one types it here', async () => {
  const { page, stored } = openBrowser()
  const [here, there] = [page(), page()]
  here.drafts.typed(TEA)
  here.drafts.set(TEA, { text: 'a text' })
  here.drafts.flush()
  await expect.poll(there.text).toBe('a text')
  there.drafts.drop(TEA)
  await expect.poll(() => stored.size).toBe(0)
  await expect.poll(() => stored.get(TEA)?.text).toBe('a text')
  expect(here.text()).toBe('a text')
})

test('what the database refuses is in the tab’s own storage for a reload', async () => {
  const { page } = openBrowser({ full: true })
  const storage = mapStorage()
  const before = page(storage)
  before.drafts.set(TEA, { text: 'much' })
  before.drafts.close()
  await expect.poll(() => storage.length).toBe(1)
  // The answer to an edit may come this late.
  before.drafts.drop(ofRoom('lobby'))
  const after = page(storage)
  await after.drafts.ready
  expect(after.text()).toBe('much')
})

test('what the database gives up when the page goes is there after the reload, whatever it has stored before', async () => {
  const slow = Promise.withResolvers<void>()
  const { page, stored } = openBrowser({ writes: [slow.promise] })
  const storage = mapStorage()
  const { drafts } = page(storage)
  await drafts.ready
  for (const text of ['the last', 'the last words']) {
    drafts.set(TEA, { text })
    drafts.flush()
  }
  slow.resolve()
  await expect.poll(() => stored.get(TEA)?.text).toBe('the last')
  const after = page(storage)
  await after.drafts.ready
  expect(after.text()).toBe('the last words')
})

test('an older text whose write was given up is not stored over the newer one of another tab', async () => {
  const { page, stored } = openBrowser({ writes: [] })
  const storage = mapStorage()
  const before = page(storage)
  await before.drafts.ready
  before.drafts.set(TEA, { text: 'older' })
  before.drafts.close()
  stored.set(TEA, { v: 1, id: TEA, text: 'newer', at: Date.now() + 1_000 })
  const after = page(storage)
  await after.drafts.ready
  expect([after.text(), storage.length]).toEqual(['newer', 0])
})

test('a text that was sent in another tab does not come back in one whose write was given up', async () => {
  const { page } = openBrowser({ writes: [] })
  const storage = mapStorage()
  const [before, there] = [page(storage), page()]
  before.drafts.set(TEA, { text: 'a text' })
  before.drafts.flush()
  await expect.poll(there.text).toBe('a text')
  there.drafts.drop(TEA)
  await expect.poll(before.text).toBe(undefined)
  before.drafts.close()
  const after = page(storage)
  await after.drafts.ready
  expect([after.text(), storage.length]).toEqual([undefined, 0])
})

test('earlier drafts are taken once, and nobody else’s', () => {
  const storage = mapStorage()
  for (const key of ['ana:tea', 'ana:lobby', 'bo:tea']) storage.setItem(`taifas:draft:${key}`, key)
  const taken = new Map(takeEarlierDrafts('ana', storage))
  expect(taken).toEqual(new Map([['tea', 'ana:tea'], ['lobby', 'ana:lobby']])) // prettier-ignore
  expect([takeEarlierDrafts('ana', storage), storage.length]).toEqual([[], 1])
})
