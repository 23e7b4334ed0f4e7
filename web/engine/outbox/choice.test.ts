import { afterEach, expect, test, vi } from 'vitest'
import { mapStorage } from '../../state/page.fixture.ts'
import { chooseOutbox } from './choice.ts'
import type { OutboxItem } from './item.ts'

afterEach(() => void vi.useRealTimers())

const item: OutboxItem = { v: 1, id: 'A'.repeat(22), room: 'lobby', text: 'x', at: 1, state: 'queued' }

test('without locks a tab keeps its own, without a storage the page does, and either may send', async () => {
  const tab = mapStorage()
  const alone = chooseOutbox('ana', { indexedDB: undefined, locks: undefined, tab })
  alone.store.save([item], { what: 'added', item })
  expect(await chooseOutbox('ana', { indexedDB: undefined, locks: undefined, tab }).store.load()).toEqual([item])
  expect(alone.kept.value).toBe('tab')

  const page = chooseOutbox('ana', { indexedDB: undefined, locks: navigator.locks, tab: null })
  page.store.save([item], { what: 'added', item })
  expect([await page.store.load(), page.kept.value]).toEqual([[], 'page'])
  for (const { store } of [alone, page]) {
    await new Promise((held) => store.hold!(held, () => {}))
    expect(await store.claim!(item)).toBe(true)
  }
})

test('a database that does not answer is waited for two seconds, and nothing said meanwhile is lost', async () => {
  vi.useFakeTimers()
  const tab = mapStorage()
  const silent = { open: () => ({ addEventListener: () => {} }) } as unknown as IDBFactory
  const { store, kept } = chooseOutbox('ana', { indexedDB: silent, locks: navigator.locks, tab })
  store.save([item], { what: 'added', item })
  const loaded = store.load()
  await vi.advanceTimersByTimeAsync(1_999)
  expect([kept.value, tab.length]).toEqual([null, 0])
  await vi.advanceTimersByTimeAsync(1)
  expect([kept.value, await loaded]).toEqual(['tab', [item]])
})

test('who asks for the turn and gives it up before it is known how turns are taken never gets it', async () => {
  const held = vi.fn<() => void>()
  const { store } = chooseOutbox('ana', { indexedDB: undefined, locks: undefined, tab: null })
  store.hold!(held, () => {})()
  await store.load()
  expect(held).not.toHaveBeenCalled()
})
