// Several tabs of one person share an outbox, with the locks and channels that browsers and Node have alike.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Receipt, Reply } from '../../../src/contract.ts'
import { idOf, mapRecords, mapStorage } from '../../state/page.fixture.ts'
import type { OutboxItem } from './item.ts'
import { openOutbox } from './outbox.ts'
import type { Records } from '../records.ts'
import { chooseOutbox, sharedOutboxStore, tabOutboxStore, type Locks } from './shared.ts'

const realImmediate = setImmediate
const tabs: { close(): void }[] = []

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(async () => {
  for (const tab of tabs.splice(0)) tab.close()
  await quiet()
  vi.useRealTimers()
})

/** Resolves once channels and locks have delivered everything. No time passes. */
async function quiet() {
  for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => realImmediate(resolve))
}

const never = () => new Promise<never>(() => {})

const item = (text: string, rest: Partial<OutboxItem> = {}): OutboxItem => ({
  v: 1,
  id: idOf(1),
  room: 'lobby',
  text,
  at: 1,
  state: 'queued',
  ...rest
})

/** One browser, and the server that it talks to. */
function openBrowser() {
  const stored = new Map<string, unknown>()
  /** What reached the server, in its order, repeats included. */
  const received: { tab: string; text: string; id: string }[] = []
  const log: string[] = []
  const server = { reply: 'receipt' as 'receipt' | 'nothing' | 'refusal' }

  interface TabOptions {
    person?: string
    online?: boolean
    records?: Promise<Records<OutboxItem>>
    locks?: Locks
  }
  function tab(name: string, { person = 'ana', online = true, records, locks = navigator.locks }: TabOptions = {}) {
    const network = { online, rooms: new Set(['lobby']) }
    const outbox = openOutbox({
      store: sharedOutboxStore(person, records ?? Promise.resolve(mapRecords(stored)), locks),
      async send({ id, text }): Promise<Reply<Receipt>> {
        received.push({ tab: name, text, id })
        if (server.reply === 'refusal') return { ok: false, reason: 'not-allowed' }
        if (!log.includes(id)) log.push(id)
        return server.reply === 'nothing' ? never() : { ok: true, value: { seq: log.indexOf(id) + 1, id, at: 1 } }
      },
      ready: (room) => network.online && network.rooms.has(room),
      open: (room) => {
        network.rooms.add(room)
        if (network.online) outbox.wake(room)
      },
      confirmed: () => {},
      random: () => 0
    })
    tabs.push(outbox)
    return {
      outbox,
      texts: () => outbox.items.value.map(({ text }) => text),
      states: () => outbox.items.value.map(({ state }) => state),
      connect() {
        network.online = true
        for (const room of network.rooms) outbox.wake(room)
      },
      /** The log of this tab shows everything that the server has. */
      catchUp: () => outbox.settle('lobby', ({ id }) => log.includes(id))
    }
  }
  return { tab, received, stored, server, texts: () => received.map(({ text }) => text) }
}

test('a message leaves in the same tick, before any database or lock has answered', () => {
  const { tab, texts } = openBrowser()
  const one = tab('one', { records: never(), locks: { request: never } as unknown as Locks })
  one.outbox.add('lobby', 'at once')
  expect(texts()).toEqual(['at once'])
})

test('every tab sends its own messages, once and in order, and the records go with the receipts', async () => {
  const { tab, received, stored } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  for (let n = 1; n <= 5; n++) {
    one.outbox.add('lobby', `one ${n}`)
    two.outbox.add('lobby', `two ${n}`)
    if (n === 3) await quiet()
  }
  await quiet()
  expect(received).toHaveLength(10)
  for (const name of ['one', 'two'])
    expect(received.filter(({ tab }) => tab === name).map(({ text }) => text)).toEqual(
      [1, 2, 3, 4, 5].map((n) => `${name} ${n}`)
    )
  expect(stored.size).toBe(0)
  for (const { states, catchUp } of [one, two]) {
    expect(new Set(states())).toEqual(new Set(['sent']))
    catchUp()
    expect(states()).toEqual([])
  }
})

test('the other tabs show what a tab has not sent, and leave it to that tab as long as it lives', async () => {
  const { tab, received } = openBrowser()
  const one = tab('one', { online: false })
  const two = tab('two')
  const id = one.outbox.add('lobby', 'waiting')
  await quiet()
  two.outbox.discard(id)
  await vi.advanceTimersByTimeAsync(60_000)
  await quiet()
  expect([two.texts(), received]).toEqual([['waiting'], []])
  one.connect()
  await quiet()
  expect(received.map(({ tab }) => tab)).toEqual(['one'])
  expect(two.states()).toEqual(['sent'])
})

test('when a tab is gone, exactly one other takes over: with the same ids, in order, also in a room it has not opened', async () => {
  const { tab, received, server } = openBrowser()
  const one = tab('one')
  const others = [tab('two'), tab('three')]
  server.reply = 'nothing'
  for (const text of ['first', 'second']) one.outbox.add('tea', text)
  await quiet()
  for (const { states } of others) expect(states()).toEqual(['sending', 'queued'])
  server.reply = 'receipt'
  one.outbox.close()
  await quiet()
  expect(received.map(({ text }) => text)).toEqual(['first', 'first', 'second'])
  expect(new Set(received.slice(1).map(({ tab }) => tab)).size).toBe(1)
  expect(new Set(received.map(({ id }) => id)).size).toBe(2)
  for (const { states } of others) expect(states()).toEqual(['sent', 'sent'])
})

test('the next page of the person takes over what was left; nobody else’s page does', async () => {
  const { tab, texts, stored } = openBrowser()
  const one = tab('one', { online: false })
  one.outbox.add('lobby', 'mine')
  await quiet()
  one.outbox.close()
  await quiet()
  expect(stored.size).toBe(1)

  const other = tab('other', { person: 'bo', records: Promise.resolve(mapRecords()) })
  await other.outbox.restore()
  await quiet()
  expect([other.texts(), texts()]).toEqual([[], []])

  const two = tab('two')
  await two.outbox.restore()
  await quiet()
  expect([texts(), two.states(), stored.size]).toEqual([['mine'], ['sent'], 0])
})

test('a tab that closed before its message was stored has told the others, and one of them sends it', async () => {
  const { tab, texts } = openBrowser()
  const one = tab('one', { records: never(), online: false })
  tab('two')
  one.outbox.add('lobby', 'last words')
  await quiet()
  one.outbox.close()
  await quiet()
  expect(texts()).toEqual(['last words'])
})

test('records of the build before, which name no owner, are taken over once no tab of that build sends', async () => {
  const { tab, texts, stored } = openBrowser()
  stored.set(idOf(1), item('from before', { state: 'sending' }))
  const closing = Promise.withResolvers<void>()
  const earlier = navigator.locks.request('taifas:outbox:ana', () => closing.promise)
  const one = tab('one')
  await one.outbox.restore()
  await quiet()
  expect([one.texts(), texts()]).toEqual([['from before'], []])
  closing.resolve()
  await earlier
  await quiet()
  expect([texts(), stored.size]).toEqual([['from before'], 0])
})

test('any tab may retry or discard what was refused, and the others follow', async () => {
  const { tab, received, server, stored } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  server.reply = 'refusal'
  const [again, never] = [one.outbox.add('lobby', 'again'), one.outbox.add('lobby', 'never')]
  await quiet()
  expect(two.states()).toEqual(['failed', 'failed'])
  server.reply = 'receipt'
  two.outbox.retry(again)
  two.outbox.discard(never)
  await quiet()
  expect(received.map(({ tab, text }) => `${tab}: ${text}`)).toEqual(['one: again', 'one: never', 'two: again'])
  expect([one.states(), two.states(), stored.size]).toEqual([['sent'], ['sent'], 0])
})

test('no tab can take back what is in flight', async () => {
  const { tab, server } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  server.reply = 'nothing'
  const id = one.outbox.add('lobby', 'gone')
  await quiet()
  for (const { outbox } of [one, two]) {
    outbox.discard(id)
    expect(outbox.amend(id, 'other')).toBe(false)
  }
  await quiet()
  expect([one.texts(), two.texts()]).toEqual([['gone'], ['gone']])
})

test('items of a newer version are neither shown, sent nor touched', async () => {
  const { tab, texts, stored } = openBrowser()
  const newer = { v: 2, id: idOf(7), room: 'lobby', shape: 'unknown' }
  stored.set(newer.id, newer)
  const one = tab('one')
  await one.outbox.restore()
  one.outbox.add('lobby', 'mine')
  await quiet()
  one.catchUp()
  expect([one.texts(), texts(), [...stored.values()]]).toEqual([[], ['mine'], [newer]])
})

test('signing out leaves nothing behind in any tab', async () => {
  const { tab, stored } = openBrowser()
  const [one, two] = [tab('one', { online: false }), tab('two', { online: false })]
  one.outbox.add('lobby', 'mine')
  await quiet()
  two.outbox.forget()
  await quiet()
  expect([one.texts(), two.texts(), stored.size]).toEqual([[], [], 0])
})

test('without locks the tab stores its messages for a reload, and without a storage only the page has them', async () => {
  const tab = mapStorage()
  const alone = chooseOutbox('ana', { indexedDB: undefined, locks: undefined, tab })
  alone.store.put(item('x'))
  expect(await chooseOutbox('ana', { indexedDB: undefined, locks: undefined, tab }).store.load()).toEqual([item('x')])
  expect([alone.durability.value, alone.store.owner]).toEqual(['tab', undefined])
  const page = chooseOutbox('ana', { indexedDB: undefined, locks: navigator.locks, tab: null })
  expect([await page.store.load(), page.durability.value]).toEqual([[], 'page'])
})

test('until the database is open, or when it never answers, the tab’s own storage keeps the messages', async () => {
  const tab = mapStorage()
  const silent = { open: () => ({ addEventListener: () => {} }) } as unknown as IDBFactory
  const { store, durability } = chooseOutbox('ana', { indexedDB: silent, locks: navigator.locks, tab })
  tabs.push({ close: () => store.close!() })
  store.put(item('x'))
  expect([durability.value, tab.length]).toEqual([null, 1])
  const loaded = store.load()
  await vi.advanceTimersByTimeAsync(15_000)
  expect([durability.value, await loaded]).toEqual(['tab', [item('x', { owner: store.owner! })]])
})

test('what the tab’s own storage has moves into the database once that is open', async () => {
  const { stored } = openBrowser()
  const own = mapStorage()
  const opening = Promise.withResolvers<Records<OutboxItem>>()
  own.setItem('taifas:outbox:ana', JSON.stringify([item('from before the reload')]))
  const outbox = openOutbox({
    store: sharedOutboxStore('ana', opening.promise, navigator.locks, tabOutboxStore('ana', own)),
    send: never,
    ready: () => false,
    confirmed: () => {}
  })
  tabs.push(outbox)
  opening.resolve(mapRecords(stored))
  await outbox.restore()
  await quiet()
  expect(outbox.items.value).toMatchObject([{ text: 'from before the reload' }])
  expect([[...stored.keys()], own.length]).toEqual([[idOf(1)], 0])
})

test('a database that fails or hangs holds nothing up', async () => {
  const hanging: Records<OutboxItem> = { all: never, put: never, remove: never }
  const fails = async () => Promise.reject(new Error('full'))
  for (const records of [hanging, { ...hanging, put: fails, remove: fails }]) {
    const { tab, texts } = openBrowser()
    const one = tab('one', { records: Promise.resolve(records) })
    await quiet()
    one.outbox.add('lobby', 'not stored')
    await quiet()
    expect([texts(), one.states()]).toEqual([['not stored'], ['sent']])
  }
})
