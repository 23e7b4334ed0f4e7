// Tabs of one person on one outbox, with the locks and channels that browsers and Node have alike.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Receipt, Reply } from '../../../src/contract.ts'
import { idOf, mapRecords } from '../../state/page.fixture.ts'
import type { OutboxItem } from './item.ts'
import { sharedOutboxStore } from './shared.ts'
import { BEAT_MS, SILENT_MS } from './leader.ts'
import { openOutbox } from './outbox.ts'

const turnOfTheLoop = setImmediate
const tabs: { close(): void }[] = []

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
)
afterEach(async () => {
  for (const tab of tabs.splice(0)) tab.close()
  await quiet()
  vi.useRealTimers()
})

/** Until channels and locks have told what there is to tell; no time passes. */
async function quiet() {
  for (let turns = 0; turns < 30; turns++) await new Promise((done) => turnOfTheLoop(done))
}
async function pass(ms: number) {
  for (let passed = 0; passed < ms; passed += BEAT_MS) {
    await vi.advanceTimersByTimeAsync(BEAT_MS)
    await quiet()
  }
}

/** One browser, and the server it speaks to. */
function openBrowser() {
  const kept = new Map<string, unknown>()
  /** What came to the server, in its order, each time it came. */
  const heard: { tab: string; text: string; id: string }[] = []
  const log: string[] = []
  const server = { answers: true }

  function tab(name: string, { person = 'ana', online = true, records = mapRecords(kept) } = {}) {
    const door = { online, rooms: new Set(['lobby']), held: [] as (() => void)[] }
    const outbox = openOutbox({
      store: sharedOutboxStore(person, records, navigator.locks),
      send({ id, text }) {
        heard.push({ tab: name, text, id })
        if (!log.includes(id)) log.push(id)
        const reply: Reply<Receipt> = { ok: true, value: { seq: log.indexOf(id) + 1, id, at: 1 } }
        return new Promise((answer) => {
          if (server.answers) answer(reply)
          else door.held.push(() => answer(reply))
        })
      },
      ready: (room) => door.online && door.rooms.has(room),
      online: () => door.online,
      open: (room) => {
        door.rooms.add(room)
        outbox.wake(room)
      },
      confirmed: () => {},
      random: () => 0
    })
    tabs.push(outbox)
    return {
      outbox,
      texts: () => outbox.items.value.map(({ text }) => text),
      states: () => outbox.items.value.map(({ state }) => state),
      /** The answers that were held back arrive. */
      answer: () => door.held.splice(0).forEach((give) => give()),
      connect(on: boolean) {
        door.online = on
        outbox.wake()
      },
      /** The log of this tab shows everything that the server has. */
      catchUp: () => outbox.settle('lobby', ({ id }) => log.includes(id))
    }
  }
  return { tab, heard, kept, server, texts: () => heard.map(({ text }) => text) }
}

test('what two tabs say goes out once, in the order of each, and one at a time', async () => {
  const { tab, texts, kept } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  for (let n = 1; n <= 5; n++) {
    one.outbox.add('lobby', `one ${n}`)
    two.outbox.add('lobby', `two ${n}`)
    if (n === 3) await quiet()
  }
  await quiet()
  expect(texts()).toHaveLength(10)
  for (const name of ['one', 'two'])
    expect(texts().filter((text) => text.startsWith(name))).toEqual([1, 2, 3, 4, 5].map((n) => `${name} ${n}`))
  expect(kept.size).toBe(0)
  for (const { states, catchUp } of [one, two]) {
    expect(new Set(states())).toEqual(new Set(['sent']))
    catchUp()
    expect(states()).toEqual([])
  }
})

test('what a tab without a connection says is shown in the others, and a connected one sends it', async () => {
  const { tab, heard } = openBrowser()
  const one = tab('one', { online: false })
  const two = tab('two')
  one.outbox.add('tea', 'from a room that the other has not opened')
  await quiet()
  expect(two.texts()).toEqual(one.texts())
  await pass(BEAT_MS)
  expect(heard.map(({ tab }) => tab)).toEqual(['two'])
  expect(one.states()).toEqual(['sent'])
})

test('the tab that something was said in is the one to send it', async () => {
  const { tab, heard } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  for (let n = 1; n <= 20; n++) {
    const said = [one, two][n % 2]!
    said.outbox.add('lobby', `${n % 2 ? 'two' : 'one'} ${n}`)
    await quiet()
  }
  expect(heard).toHaveLength(20)
  for (const { tab, text } of heard) expect(text.startsWith(tab)).toBe(true)
})

test('a tab that is closed while it sends leaves the rest to another: the same id, in order', async () => {
  const { tab, heard, server } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  server.answers = false
  one.outbox.add('lobby', 'first')
  one.outbox.add('lobby', 'second')
  await quiet()
  expect(two.states()).toEqual(['sending', 'queued'])
  server.answers = true
  one.outbox.close()
  await pass(BEAT_MS)
  expect(heard.map(({ tab, text }) => `${tab}: ${text}`)).toEqual(['one: first', 'two: first', 'two: second'])
  expect(new Set(heard.map(({ id }) => id)).size).toBe(2)
})

test('a tab that is closed is followed by the next page of this person, and of nobody else', async () => {
  const { tab, texts, kept, heard } = openBrowser()
  const one = tab('one', { online: false })
  one.outbox.add('lobby', 'mine')
  one.outbox.close()
  await quiet()
  expect(kept.size).toBe(1)

  const other = tab('other', { person: 'bo', records: mapRecords() })
  await other.outbox.restore()
  await quiet()
  expect([other.texts(), texts()]).toEqual([[], []])

  const two = tab('two')
  await two.outbox.restore()
  expect(two.texts()).toEqual(['mine'])
  await quiet()
  expect(heard).toMatchObject([{ tab: 'two', text: 'mine' }])
})

test('a message told by a tab that closed before it was kept is sent all the same', async () => {
  const { tab, texts } = openBrowser()
  tab('two')
  const item: OutboxItem = { v: 1, id: idOf(1), room: 'lobby', text: 'last words', at: Date.now(), state: 'queued' }
  const dying = new BroadcastChannel('taifas:outbox:ana')
  dying.postMessage({ what: 'added', item })
  await quiet()
  dying.close()
  await pass(BEAT_MS)
  expect(texts()).toEqual(['last words'])
})

test(`who has the turn and is silent for ${SILENT_MS} ms is relieved, and gets it back no more`, async () => {
  const { tab, texts, heard } = openBrowser()
  const lost = vi.fn<() => void>()
  // A frozen tab: it holds the lock and shows no life.
  void navigator.locks.request('taifas:outbox:ana', () => new Promise(() => {})).catch(lost)
  await quiet()
  const two = tab('two')
  two.outbox.add('lobby', 'hello?')
  await pass(SILENT_MS - BEAT_MS)
  expect([texts(), lost.mock.calls.length]).toEqual([[], 0])
  await pass(BEAT_MS)
  expect([texts(), lost.mock.calls.length]).toEqual([['hello?'], 1])
  expect(heard).toHaveLength(1)
})

test('who waits long for an answer and shows life is not relieved', async () => {
  const { tab, heard, server } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  server.answers = false
  one.outbox.add('lobby', 'slow')
  await quiet()
  two.outbox.add('lobby', 'behind it')
  await pass(4 * SILENT_MS)
  expect(heard.map(({ tab, text }) => `${tab}: ${text}`)).toEqual(['one: slow'])
  server.answers = true
  one.answer()
  await quiet()
  expect(heard.map(({ text }) => text)).toEqual(['slow', 'behind it'])
  expect(two.states()).toEqual(['sent', 'sent'])
})

test('one that wakes up after it was relieved says nothing twice and nothing that was taken back', async () => {
  const { tab, heard, server } = openBrowser()
  const one = tab('one')
  server.answers = false
  one.outbox.add('lobby', 'first')
  const back = one.outbox.add('lobby', 'taken back')
  await quiet()
  // Another took over, sent the first, and the person discarded the second there; this one has heard of nothing yet.
  const two = tab('two', { online: false })
  await two.outbox.restore()
  const stolen = navigator.locks.request('taifas:outbox:ana', { steal: true }, async () => {})
  two.outbox.discard(back)
  one.answer()
  await stolen
  await quiet()
  expect(heard.map(({ text }) => text)).toEqual(['first'])
  expect([one.texts(), two.texts()]).toEqual([['first'], ['first']])
  expect(one.states()).toEqual(['sent'])
})

test('what is on its way can be taken back by no tab', async () => {
  const { tab, server } = openBrowser()
  const [one, two] = [tab('one'), tab('two')]
  server.answers = false
  const id = one.outbox.add('lobby', 'gone')
  await quiet()
  two.outbox.discard(id)
  expect(await two.outbox.amend(id, 'other')).toBe(false)
  await quiet()
  expect([one.texts(), two.texts()]).toEqual([['gone'], ['gone']])
})

test('items of a newer version are neither shown, sent nor touched', async () => {
  const { tab, texts, kept } = openBrowser()
  const newer = { v: 2, id: idOf(7), room: 'lobby', shape: 'unknown' }
  kept.set(newer.id, newer)
  const one = tab('one')
  await one.outbox.restore()
  one.outbox.add('lobby', 'mine')
  await quiet()
  one.catchUp()
  expect([one.texts(), texts()]).toEqual([[], ['mine']])
  expect([...kept.values()]).toEqual([newer])
})

test('a database that fails or hangs holds nothing up', async () => {
  const failing = { ...mapRecords(), put: async () => Promise.reject(new Error('full')) }
  const broken = openBrowser()
  const one = broken.tab('one', { records: failing })
  one.outbox.add('lobby', 'unkept')
  await quiet()
  expect([broken.texts(), one.states()]).toEqual([['unkept'], ['sent']])
  one.outbox.close()

  const never = () => new Promise<never>(() => {})
  const hanging = openBrowser()
  const two = hanging.tab('two', { person: 'bo', records: { all: never, put: never, remove: never, change: never } })
  two.outbox.add('lobby', 'unkept')
  await pass(5_000)
  expect([hanging.texts(), two.states()]).toEqual([['unkept'], ['sent']])
})

test('who leaves for good leaves nothing behind', async () => {
  const { tab, kept } = openBrowser()
  const [one, two] = [tab('one', { online: false }), tab('two', { online: false })]
  one.outbox.add('lobby', 'mine')
  await quiet()
  one.outbox.forget()
  await quiet()
  expect([one.texts(), two.texts(), kept.size]).toEqual([[], [], 0])
})
