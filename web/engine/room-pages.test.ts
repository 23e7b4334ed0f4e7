import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { Message, Page, Payload, Reply, WireEvent } from '../../src/contract.ts'
import { cursorAt, happened, listOf, posted } from '../state/page.fixture.ts'
import { applyEvents, trimmedAfter, type RoomLog } from './room-log.ts'
import { roomPages } from './room-pages.ts'
import type { Ask } from './socket.ts'

const KEEP = 120

/** A room of `seqs` events on a server, where each event but the silent ones is a message, and a page that holds the oldest of them. */
function setUp({ seqs, loaded, silent = () => false, perAnswer = Infinity }: RoomOnServer) {
  const all = Array.from({ length: seqs }, (_, n) => posted(n + 1)).filter(({ seq }) => !silent(seq))
  const log = signal<RoomLog | null>(
    trimmedAfter({ cursor: cursorAt(seqs), from: 0, older: false, messages: all }, loaded)
  )
  let beforeAnswer = () => {}
  const ask = (async (_event: string, { before, limit = 50 }: Payload<'room:before'>): Promise<Reply<Page>> => {
    const earlier = all.filter(({ seq }) => seq < before)
    const messages = earlier.slice(-Math.min(limit, perAnswer))
    beforeAnswer()
    return { ok: true, value: { messages, older: earlier.length > messages.length } }
  }) as Ask
  const pages = roomPages('lobby', ask, log, KEEP)
  return {
    log,
    pages,
    all,
    shown: () => log.value!.messages.map(({ seq }) => seq),
    /** What happens while the next page is on its way, after the server has read it. */
    meanwhile(events: WireEvent[]) {
      beforeAnswer = () => {
        beforeAnswer = () => {}
        const result = applyEvents(log.value!, { before: cursorAt(events[0]!.seq - 1), events })
        if (result.kind !== 'applied') throw new Error(result.kind)
        log.value = result.log
        pages.moved({ fresh: false, events })
      }
    }
  }
}
interface RoomOnServer {
  seqs: number
  loaded: number
  silent?: (seq: number) => boolean
  perAnswer?: number
}
const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const seqsOf = (messages: readonly Message[]) => messages.map(({ seq }) => seq)

test('pages towards the newest message follow without a gap, and the window keeps its size', async () => {
  const { log, pages, shown } = setUp({ seqs: 250, loaded: 60 })
  await pages.after()
  expect(shown()).toEqual(run(41, 160))
  expect(log.value).toMatchObject({ from: 41, older: true, to: 160 })
  await pages.after()
  expect(shown()).toEqual(run(131, 250))
  expect(log.value!.to).toBeUndefined()
  await pages.after()
  expect(shown()).toEqual(run(131, 250))
})

test('paging back trims the newest messages', async () => {
  const { log, pages, shown } = setUp({ seqs: 250, loaded: 250 })
  log.value = { ...log.value!, from: 131, older: true, messages: log.value!.messages.slice(130) }
  await pages.before()
  expect(shown()).toEqual(run(81, 200))
  expect(log.value).toMatchObject({ from: 81, to: 200 })
})

test('events that are no messages leave no gap, however many there are', async () => {
  const { pages, all, shown } = setUp({ seqs: 400, loaded: 10, silent: (seq) => seq > 10 && seq < 380 })
  await pages.after()
  expect(shown()).toEqual(seqsOf(all))
})

test('an answer that was cut short by its size leaves no gap', async () => {
  const { pages, shown } = setUp({ seqs: 80, loaded: 10, perAnswer: 7 })
  await pages.after()
  expect(shown()).toEqual(run(1, 80))
})

test('the newest page replaces the loaded messages, and what arrives while it is read is in it', async () => {
  const { log, pages, shown, meanwhile } = setUp({ seqs: 250, loaded: 60 })
  meanwhile(listOf(251, 253).events)
  expect(await pages.newest()).toBe(true)
  expect(shown()).toEqual(run(201, 253))
  expect(log.value).toMatchObject({ from: 201, older: true, cursor: cursorAt(253) })
})

test('an edit that arrives before an older page of its message is not lost', async () => {
  const { log, pages, meanwhile } = setUp({ seqs: 100, loaded: 100 })
  log.value = { ...log.value!, from: 61, older: true, messages: log.value!.messages.slice(60) }
  meanwhile([happened(101, posted(30, { text: 'better', rev: 101, editedAt: 1 }), 'edited')])
  await pages.before()
  expect(log.value.messages.find(({ seq }) => seq === 30)?.text).toBe('better')
})

test('while the end is not loaded, live messages move the cursor and add no rows', () => {
  const { log, shown } = setUp({ seqs: 100, loaded: 60 })
  const result = applyEvents(log.value!, listOf(101, 110))
  expect(result).toMatchObject({ kind: 'applied', log: { cursor: cursorAt(110), to: 60 } })
  expect(result.kind === 'applied' && seqsOf(result.log.messages)).toEqual(shown())
})

test('the messages around a place are loaded instead of others, also when the answer is cut short before the place', async () => {
  const { log, pages, shown, meanwhile } = setUp({ seqs: 300, loaded: 60 })
  expect(await pages.around(150)).toBe(true)
  expect(shown()).toEqual(run(101, 200))
  expect(log.value).toMatchObject({ older: true, to: 200 })
  meanwhile(listOf(301, 303).events)
  expect(await pages.around(290)).toBe(true)
  expect(shown().at(-1)).toBe(303)
  expect(log.value!.to).toBeUndefined()

  const short = setUp({ seqs: 300, loaded: 60, perAnswer: 20 })
  expect(await short.pages.around(150)).toBe(true)
  expect(short.shown()).toEqual(run(131, 150))
  expect(short.log.value).toMatchObject({ to: 150 })
})
