// Reads pages of one room: older messages, later messages after the end was trimmed, and the newest page again.
import { signal, type Signal } from '@preact/signals'
import { PAGE_MESSAGES, type Cursor, type Message, type Reason, type WireEvent } from '../../src/contract.ts'
import { isTemporary } from './backoff.ts'
import { append, prepend, reapply, trimmed, trimmedAfter, windowOf, type RoomLog } from './room-log.ts'
import type { Ask } from './socket.ts'

/** Sequence numbers that one step towards the newest message covers. Some of them are changes, which bring no message. */
const STEP_SEQS = 2 * PAGE_MESSAGES

/** @param keep the most messages that stay loaded; what exceeds it is trimmed at the end that is farther from the page */
export function roomPages(id: string, ask: Ask, log: Signal<RoomLog | null>, keep = Infinity) {
  const paging = signal(false)
  /** Why the last page could not be read, unless the same request may succeed later. */
  const refused = signal<Reason | null>(null)
  /** Events that were applied while a page was being read: its messages may be older than they are. */
  let missed: WireEvent[] = []
  /** Counts fresh starts: a page that was read before one belongs to another window. */
  let starts = 0
  let reading: Promise<void> = Promise.resolve()

  /** Runs one read at a time. `join` puts what was read into the log as it is by then. */
  function load<T>(read: (was: RoomLog) => Promise<T | null>, join: (now: RoomLog, read: T, was: RoomLog) => RoomLog) {
    if (!paging.value) reading = readAndJoin(read, join)
    return reading
  }

  async function readAndJoin<T>(
    read: (was: RoomLog) => Promise<T | null>,
    join: (now: RoomLog, read: T, was: RoomLog) => RoomLog
  ) {
    const was = log.value
    if (!was) return
    paging.value = true
    missed = []
    const started = starts
    const answer = await read(was)
    const now = log.value
    if (answer !== null && now && started === starts && now.cursor.epoch === was.cursor.epoch)
      log.value = join(now, answer, was)
    missed = []
    paging.value = false
  }

  async function page(before: number, limit?: number) {
    const reply = await ask('room:before', { room: id, before, ...(limit !== undefined && { limit }) })
    refused.value = reply.ok || isTemporary(reply.reason) ? null : reply.reason
    return reply.ok ? reply.value : null
  }

  /** The messages after `after`, up to `to`. An answer may be cut short by its size; then the rest is read before it. */
  async function between(after: number, to: number): Promise<Message[] | null> {
    let messages: Message[] = []
    for (let before = to + 1; ;) {
      const answer = await page(before, STEP_SEQS)
      if (!answer) return null
      messages = [...answer.messages.filter(({ seq }) => seq > after), ...messages]
      const first = answer.messages[0]
      if (!first || !answer.older || first.seq <= after + 1) return messages
      before = first.seq
    }
  }

  /** The messages around a place, as a log with this cursor. An answer may be cut short by its size, before the place. */
  async function windowAround(seq: number, cursor: Cursor): Promise<RoomLog | null> {
    const to = seq + PAGE_MESSAGES
    const around = await page(to + 1, 2 * PAGE_MESSAGES)
    if (around && (!around.older || around.messages[0]!.seq <= seq)) return windowOf(cursor, around, to)
    const before = around && (await page(seq + 1))
    return before && windowOf(cursor, before, seq)
  }

  return {
    paging,
    refused,
    windowAround,

    /** Reads the page before the first loaded message. Does nothing while another page is being read. */
    async before() {
      if (!log.value?.older) return
      await load(
        (was) => page(was.from),
        (now, answer, was) => (now.from === was.from ? trimmedAfter(reapply(prepend(now, answer), missed), keep) : now)
      )
    },

    /** Reads the messages after the last loaded one, where the end was trimmed. Does nothing while another page is being read. */
    async after() {
      await load(
        async ({ to, cursor }) => {
          if (to === undefined) return null
          for (let until = to + STEP_SEQS; ; until += STEP_SEQS) {
            const messages = await between(to, until)
            if (!messages || messages.length > 0 || until >= cursor.seq) return messages && { messages, until }
          }
        },
        (now, { messages, until }, was) => {
          if (now.to !== was.to) return now
          // The events since the read began are known, so a read that reached the cursor of that time reaches today's.
          const covered = until < was.cursor.seq ? until : now.cursor.seq
          return trimmed(reapply(append(now, messages, covered), missed), keep)
        }
      )
    },

    /** Loads the messages around a place instead of what is loaded. Returns whether they could be read. */
    async around(seq: number): Promise<boolean> {
      await reading
      let isRead = false
      await load(
        ({ cursor }) => windowAround(seq, cursor),
        (now, { to, ...window }) => {
          isRead = true
          return reapply({ ...window, cursor: now.cursor, ...(to !== undefined && { to }) }, missed)
        }
      )
      return isRead
    },

    /** Loads the newest page instead of what is loaded, if the end was trimmed. Returns whether the end is loaded. */
    async newest(): Promise<boolean> {
      await reading
      if (log.value?.to !== undefined)
        await load(
          ({ cursor }) => page(cursor.seq + 1),
          ({ cursor }, answer) => reapply(windowOf(cursor, answer, cursor.seq), missed)
        )
      return log.value !== null && log.value.to === undefined
    },

    /** The log applied these events, or made a fresh start. */
    moved(news: { fresh: boolean; events: readonly WireEvent[] }) {
      if (news.fresh) starts++
      else if (paging.value) missed.push(...news.events)
    }
  }
}
