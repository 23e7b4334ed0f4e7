// Sends this page's items: one message in flight per room, in order, with the same id at every attempt, so that repeats are harmless.
import type { Receipt, Reply } from '../../../src/contract.ts'
import { STORE_RETRY, isTemporary, retryDelayMs } from '../backoff.ts'
import type { Found } from '../find-in-log.ts'
import { isUnsent, type OutboxItem, type OutboxStore } from './item.ts'
import type { OutboxList } from './list.ts'

/**
 * The server remembers an id for seven days, so a later repeat could be a second message. The last hour is left to an attempt that
 * is slow on its way.
 */
export const REMEMBERED_MS = (7 * 24 - 1) * 60 * 60 * 1_000
/** How often a room that isn't open is asked to open. */
const OPEN_EVERY_MS = 3_000

export interface OutboxDeps {
  store: OutboxStore
  /** `late` receives a reply that comes after the promise was resolved without one. */
  send(
    payload: Pick<OutboxItem, 'room' | 'id' | 'text' | 'replyTo'>,
    late: (reply: Reply<Receipt>) => void
  ): Promise<Reply<Receipt>>
  /** Whether the room accepts messages now: connected, and the room open on this connection. */
  ready(room: string): boolean
  /** The receipt came: the log has the message at this seq. */
  confirmed(item: OutboxItem, receipt: Receipt): void
  /** Something waits for a room that isn't open here. */
  open?(room: string): void
  /** Whether the log on this page has the message. */
  isInLog?(item: OutboxItem): boolean
  /** Looks for a message whose id the server may have forgotten. Without it such an item fails. */
  lookFor?(item: OutboxItem): Promise<Found>
  random?: () => number
}

export function openSender(list: OutboxList, deps: OutboxDeps) {
  const { send, ready, confirmed, store, open, isInLog, lookFor, random } = deps
  const { inFlight } = list
  /** Failed attempts since the last receipt, by room. */
  const attempts = new Map<string, number>()
  /** Rooms that are backing off. */
  const timers = new Map<string | undefined, ReturnType<typeof setTimeout>>()
  let closed = false

  /** Sends what can be sent now. The first bytes leave before this returns. */
  function flush() {
    for (const room of list.rooms()) void flushRoom(room)
  }

  async function flushRoom(room: string) {
    const item = list.next(room)
    if (closed || !item || inFlight.has(room) || timers.has(room)) return
    if (!ready(room)) {
      pause(room, OPEN_EVERY_MS)
      return open?.(room)
    }
    inFlight.set(room, item.id)
    if (item.triedAt !== undefined && Date.now() - item.triedAt > REMEMBERED_MS) await decide(item)
    else await attempt(item)
    release(item)
    await flushRoom(room)
  }

  function release({ id, room }: OutboxItem) {
    if (inFlight.get(room) === id) inFlight.delete(room)
  }

  async function attempt(item: OutboxItem) {
    const { id, room, text, replyTo } = item
    const tried: OutboxItem = { ...item, state: 'sending', triedAt: item.triedAt ?? Date.now() }
    list.put(tried)
    const payload = { room, id, text, ...(replyTo !== undefined && { replyTo }) }
    const reply = await send(payload, (late) => {
      // The next attempt asks again for anything that may change.
      if ((late.ok || !isTemporary(late.reason)) && replied(tried, late)) overtaken(tried)
    })
    replied(tried, reply)
  }

  /** Returns whether the item was still waiting for it. */
  function replied(tried: OutboxItem, reply: Reply<Receipt>): boolean {
    if (closed) return false
    const item = list.find(tried.id)
    const waits = item !== undefined && isUnsent(item)
    if (reply.ok) {
      const sent: OutboxItem = { ...tried, state: 'sent', receipt: reply.value }
      // Without an item, the event came before the receipt and settled it here. Other pages may not have the room open.
      if (!item) store.announce?.({ item: sent })
      if (!waits) return false
      attempts.delete(tried.room)
      list.put(sent)
      if (isInLog?.(sent)) list.hide(sent.id)
      else confirmed(tried, reply.value)
    } else if (waits && isTemporary(reply.reason)) {
      list.put({ ...tried, state: 'queued' })
      backOff(tried.room, reply.retryAfterMs)
    } else if (waits) list.put({ ...tried, state: 'failed', reason: reply.reason })
    return waits
  }

  /** The next item is sent now, although the last attempt of this one has not ended. */
  function overtaken(item: OutboxItem) {
    release(item)
    attempts.delete(item.room)
    wake(item.room)
  }

  /** A message that the server may have forgotten is never sent again without the person. */
  async function decide(item: OutboxItem) {
    const found = lookFor ? await lookFor(item) : 'absent'
    if (closed || !list.find(item.id)) return
    if (found === 'there') list.discard(item)
    else if (found === 'later') backOff(item.room)
    else list.put({ ...item, state: found === 'absent' ? 'failed' : 'unsure' })
  }

  function backOff(room: string, afterMs?: number) {
    const attempt = attempts.get(room) ?? 0
    attempts.set(room, attempt + 1)
    pause(room, retryDelayMs(attempt, STORE_RETRY, { afterMs, random }))
  }

  function pause(room: string, ms: number) {
    clearTimeout(timers.get(room))
    timers.set(
      room,
      setTimeout(() => wake(room), ms)
    )
  }

  /** The connection came or went. With a room: the room is open (again), and nothing in it waits any longer. */
  function wake(room?: string) {
    clearTimeout(timers.get(room))
    timers.delete(room)
    flush()
  }

  return {
    flush,
    wake,
    overtaken,
    close() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
}
