// Sends what waits: one message in flight per room, in order, under the same id at every attempt, so that trying again is harmless.
import type { Receipt, Reply } from '../../../src/contract.ts'
import { LATER, type OutboxDeps } from './deps.ts'
import type { OutboxItem } from './item.ts'
import { keepLeave } from './send-permit.ts'
import type { OutboxList } from './list.ts'
import { keepPace } from './backoff.ts'

/**
 * The server remembers an id for seven days. Tried longer ago, a repeat might be a second message; the last hour is left to an
 * attempt that is slow on its way.
 */
export const REMEMBERED_MS = (7 * 24 - 1) * 60 * 60 * 1_000
/** A room that doesn't open in this time is left to another tab. */
const OPENS_IN_MS = 3_000

/** `agree` hears, with the leave to send, what waits after all that other pages did. */
export function openSender(list: OutboxList, doors: OutboxDeps, agree: (waiting: OutboxItem[]) => void) {
  const { send, ready, confirmed, store, online, open, stands, lookFor, tooOld, random = Math.random } = doors
  const { flying } = list
  const pace = keepPace(consider, random)
  const leave = keepLeave(
    store.hold,
    (waiting) => {
      if (waiting) agree(waiting)
      consider()
    },
    consider
  )
  let closed = false

  /** Something has changed: sends what can be sent, and asks for the leave or gives it back. */
  function consider() {
    if (closed) return
    const rooms = list.rooms().filter((room) => !pace.rests(room) && (ready(room) || online?.()))
    if (rooms.length === 0 && flying.size === 0) leave.giveBack()
    else if (leave.isOurs()) for (const room of rooms) void flush(room)
    else if (rooms.length > 0) leave.ask()
  }

  async function flush(room: string) {
    const item = list.next(room)
    if (!item || flying.has(room) || pace.rests(room)) return
    if (!ready(room)) {
      open?.(room)
      pace.rest(room, OPENS_IN_MS)
      return consider()
    }
    flying.set(room, item.id)
    if (item.triedAt !== undefined && Date.now() - item.triedAt > REMEMBERED_MS) await decide(item)
    else await attempt(item)
    flying.delete(room)
    consider()
  }

  async function attempt(item: OutboxItem) {
    const { id, room, text, replyTo } = item
    const tried: OutboxItem = { ...item, state: 'sending', triedAt: item.triedAt ?? Date.now() }
    if (store.claim) {
      list.show(tried)
      const mine = await store.claim(tried)
      if (closed) return
      if (!mine) return list.hide(id)
    } else {
      list.put(tried)
    }
    const reply = await send({ room, id, text, ...(replyTo !== undefined && { replyTo }) })
    if (closed) return
    if (list.find(id)) answered(tried, reply)
    // Its event came before the receipt, and settled it here.
    else if (reply.ok) list.save('sent', { ...tried, state: 'sent', receipt: reply.value })
  }

  function answered(item: OutboxItem, reply: Reply<Receipt>) {
    if (reply.ok) {
      pace.done(item.room)
      const sent: OutboxItem = { ...item, state: 'sent', receipt: reply.value }
      list.put(sent, 'sent')
      if (stands?.(sent)) list.hide(sent.id)
      else confirmed(item, reply.value)
    } else if (LATER.includes(reply.reason)) {
      list.put({ ...item, state: 'queued' })
      pace.later(item.room, reply.retryAfterMs)
      if (reply.reason === 'too-old') tooOld?.()
    } else {
      list.put({ ...item, state: 'failed', reason: reply.reason })
    }
  }

  /** Nothing that the server may have forgotten is sent again by itself. */
  async function decide(item: OutboxItem) {
    const found = lookFor ? await lookFor(item) : 'absent'
    if (closed || !list.find(item.id)) return
    if (found === 'there') list.drop(item, 'settled')
    else if (found === 'later') pace.later(item.room)
    else list.put({ ...item, state: found === 'absent' ? 'failed' : 'unsure' })
  }

  return {
    consider,

    /** The connection came or went; with a room: it can be spoken in (again), and nothing in it waits any longer. */
    wake(room?: string) {
      if (room !== undefined) pace.wake(room)
      consider()
    },

    close() {
      closed = true
      pace.close()
      leave.giveBack()
    }
  }
}
