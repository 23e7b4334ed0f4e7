// What I said and nobody has confirmed. One message in flight per room, in order, under the same id at every attempt, so that trying
// again is harmless. An item leaves only by its receipt, by standing in the log, or by the hand of the person.
import { signal, type ReadonlySignal } from '@preact/signals'
import { newId, type Reason, type Receipt, type Reply } from '../../src/contract.ts'
import { isOurs, isUnsent, type OutboxItem } from './outbox-item.ts'
import type { Change, OutboxStore } from './outbox-store.ts'

export type { OutboxItem } from './outbox-item.ts'

/** After this long without a receipt the person is told: within three seconds it stands on the screen. */
export const SLOW_AFTER_MS = 2_000
/**
 * The server remembers an id for seven days. Tried longer ago, a repeat might be a second message; the last hour is left to an
 * attempt that is slow on its way.
 */
export const REMEMBERED_MS = (7 * 24 - 1) * 60 * 60 * 1_000
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 15_000
/** A room that doesn't open in this time is left to another tab. */
const OPENS_IN_MS = 3_000
/** The tab that a message was said in sends it, if it can: the others hold back for so long. */
const AFTER_YOU_MS = 500

/** Refusals that say "later", not "no". */
export const LATER: readonly Reason[] = ['unavailable', 'too-fast', 'not-joined', 'sign-in', 'too-old']

export type Outbox = ReturnType<typeof openOutbox>

/** What the log says about an old item. `unknown`: it can't tell. `later`: it couldn't be read. */
export type Found = 'there' | 'absent' | 'unknown' | 'later'

export interface OutboxDoors {
  send(said: Pick<OutboxItem, 'room' | 'id' | 'text' | 'replyTo'>): Promise<Reply<Receipt>>
  /** Whether words can be said in this room now: connected, and the room open on this connection. */
  ready(room: string): boolean
  /** A receipt came: the message stands in the log at this seq. */
  confirmed(item: OutboxItem, receipt: Receipt): void
  store: OutboxStore
  /** Whether there is a connection, on which other rooms can be opened as well. */
  online?(): boolean
  /** Something waits for a room that isn't open here. */
  open?(room: string): void
  /** Whether the log that is held here has it. */
  stands?(item: OutboxItem): boolean
  /** Looks for what the server may have forgotten. Without, such an item fails. */
  lookFor?(item: OutboxItem): Promise<Found>
  /** The server no longer understands this page. */
  tooOld?(): void
  random?: () => number
}

export function openOutbox(doors: OutboxDoors) {
  const { send, ready, confirmed, store, online, open, stands, lookFor, tooOld, random = Math.random } = doors
  const items = signal<readonly OutboxItem[]>([])
  /** By room: attempts since the last answer that was a yes, and the timer of the next. */
  const tries = new Map<string, number>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const slowTimers = new Map<string, ReturnType<typeof setTimeout>>()
  /** By room, the id of what is being sent. */
  const inFlight = new Map<string, string>()
  /** Rooms that wait for their next attempt: what is said meanwhile queues up behind. */
  const resting = new Set<string>()
  /** The leave to send, where tabs share an outbox: asked for while something can be sent, given back when nothing can. */
  let turn: { mine: boolean; giveBack: () => void } | null = null
  let afterYou: ReturnType<typeof setTimeout> | undefined
  let closed = false

  store.onChange?.(heard)

  const find = (id: string) => items.value.find((item) => item.id === id)
  const isFlying = ({ id, room }: OutboxItem) => inFlight.get(room) === id

  function show(item: OutboxItem) {
    const held = find(item.id)
    const shown: OutboxItem = held?.slow ? { ...item, slow: true } : item
    items.value = held
      ? items.value.map((other) => (other === held ? shown : other))
      : [...items.value, shown].toSorted((one, other) => one.at - other.at)
    if (!held) watch(item)
  }

  function hide(id: string) {
    clearTimeout(slowTimers.get(id))
    items.value = items.value.filter((item) => item.id !== id)
  }

  function save(what: Change['what'], item: OutboxItem) {
    const waiting = items.value.filter(({ state }) => state !== 'sent')
    store.save(waiting, { what, item })
  }

  function put(item: OutboxItem, what: Change['what'] = 'changed') {
    show(item)
    save(what, item)
  }

  function drop(item: OutboxItem, what: 'settled' | 'discarded') {
    hide(item.id)
    save(what, item)
  }

  function watch({ id, at }: OutboxItem) {
    const say = () => (items.value = items.value.map((item) => (item.id === id ? { ...item, slow: true } : item)))
    const left = at + SLOW_AFTER_MS - Date.now()
    if (left <= 0) say()
    else slowTimers.set(id, setTimeout(say, Math.min(left, SLOW_AFTER_MS)))
  }

  /** Rooms in which something might be sent now. */
  function speakable(): string[] {
    const rooms = new Set(items.value.filter(isUnsent).map(({ room }) => room))
    return [...rooms].filter((room) => !resting.has(room) && (ready(room) || online?.()))
  }

  /** Something has changed: sends what can be sent, and asks for the turn or gives it back. */
  function consider() {
    if (closed) return
    const rooms = speakable()
    if (rooms.length === 0 && inFlight.size === 0) giveBack()
    else if (!store.hold || turn?.mine) for (const room of rooms) void flush(room)
    else if (rooms.length > 0) turn ??= askForTurn(store.hold)
  }

  function askForTurn(hold: NonNullable<OutboxStore['hold']>) {
    const asked = { mine: false, giveBack: () => {} }
    asked.giveBack = hold(
      (kept) => {
        if (turn !== asked) return
        if (kept) agree(kept)
        asked.mine = true
        consider()
      },
      () => {
        if (turn !== asked) return
        turn = null
        consider()
      }
    )
    return asked
  }

  function giveBack() {
    turn?.giveBack()
    turn = null
  }

  async function flush(room: string) {
    const item = items.value.find((item) => item.room === room && isUnsent(item))
    if (!item || inFlight.has(room) || resting.has(room)) return
    if (!ready(room)) {
      open?.(room)
      rest(room, OPENS_IN_MS)
      return consider()
    }
    inFlight.set(room, item.id)
    clearTimeout(timers.get(room))
    if (item.triedAt !== undefined && Date.now() - item.triedAt > REMEMBERED_MS) await decide(item)
    else await attempt(item)
    inFlight.delete(room)
    consider()
  }

  async function attempt(item: OutboxItem) {
    const { id, room, text, replyTo } = item
    const tried: OutboxItem = { ...item, state: 'sending', triedAt: item.triedAt ?? Date.now() }
    if (store.claim) {
      show(tried)
      const mine = await store.claim(tried)
      if (closed) return
      if (!mine) return hide(id)
    } else {
      put(tried)
    }
    const reply = await send({ room, id, text, ...(replyTo !== undefined && { replyTo }) })
    if (closed) return
    if (find(id)) answered(tried, reply)
    // Its event came before the receipt, and settled it here.
    else if (reply.ok) save('sent', { ...tried, state: 'sent', receipt: reply.value })
  }

  function answered(item: OutboxItem, reply: Reply<Receipt>) {
    if (reply.ok) {
      tries.delete(item.room)
      const sent: OutboxItem = { ...item, state: 'sent', receipt: reply.value }
      put(sent, 'sent')
      if (stands?.(sent)) hide(sent.id)
      else confirmed(item, reply.value)
    } else if (LATER.includes(reply.reason)) {
      put({ ...item, state: 'queued' })
      later(item.room, reply.retryAfterMs)
      if (reply.reason === 'too-old') tooOld?.()
    } else {
      put({ ...item, state: 'failed', reason: reply.reason })
    }
  }

  /** Nothing that the server may have forgotten is sent again by itself. */
  async function decide(item: OutboxItem) {
    const found = lookFor ? await lookFor(item) : 'absent'
    if (closed || !find(item.id)) return
    if (found === 'there') drop(item, 'settled')
    else if (found === 'later') later(item.room)
    else put({ ...item, state: found === 'absent' ? 'failed' : 'unsure' })
  }

  function later(room: string, afterMs?: number) {
    const count = tries.get(room) ?? 0
    tries.set(room, count + 1)
    rest(room, afterMs ?? Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** count))
  }

  function rest(room: string, ms: number) {
    resting.add(room)
    clearTimeout(timers.get(room))
    timers.set(
      room,
      setTimeout(() => wake(room), ms * (1 + random() / 2))
    )
  }

  /** The connection came or went; with a room: it can be spoken in (again), and nothing in it waits any longer. */
  function wake(room?: string) {
    if (room !== undefined) {
      resting.delete(room)
      clearTimeout(timers.get(room))
    }
    consider()
  }

  /** Another page of this person did something. */
  function heard({ what, item }: Change) {
    const held = find(item.id)
    if (closed || (held && (isFlying(held) || held.state === 'sent'))) return
    if (stands?.(item)) drop(item, 'settled')
    else if (what === 'discarded') hide(item.id)
    else if (what !== 'sent' || held) show(item)
    if (what === 'sent' && held && item.receipt) confirmed(item, item.receipt)
    clearTimeout(afterYou)
    afterYou = setTimeout(consider, AFTER_YOU_MS)
  }

  /** What the store says is what waits, but for what is just being sent, and what only has to appear in the log. */
  function agree(kept: OutboxItem[]) {
    for (const held of items.value)
      if (!isFlying(held) && held.state !== 'sent' && !kept.some(({ id }) => id === held.id)) hide(held.id)
    for (const item of kept) {
      const held = find(item.id)
      if (held && (isFlying(held) || held.state === 'sent')) continue
      if (stands?.(item)) drop(item, 'settled')
      else show(item)
    }
  }

  /** Takes an item out if it is certain that it isn't said, or the person takes the risk. Resolves with whether it could be. */
  async function takeOut(id: string): Promise<OutboxItem | null> {
    const item = find(id)
    if (!item || item.state === 'sending' || (store.withdraw && !(await store.withdraw(item)))) return null
    drop(item, 'discarded')
    return item
  }

  function add(
    room: string,
    text: string,
    { id = newId(), ...rest }: { id?: string; replyTo?: string; at?: number } = {}
  ) {
    if (find(id)) return id
    const at = Math.max(Date.now(), (items.value.at(-1)?.at ?? 0) + 1)
    put({ v: 1, id, room, text, at, ...rest, state: 'queued' }, 'added')
    consider()
    return id
  }

  return {
    items: items as ReadonlySignal<readonly OutboxItem[]>,

    /** Brings back what an earlier page of this person left behind. */
    async restore() {
      const left = await store.load().catch(() => [])
      for (const item of left) {
        if (find(item.id)) continue
        if (stands?.(item)) drop(item, 'settled')
        else show(item.state === 'sending' ? { ...item, state: 'queued' } : item)
      }
      consider()
    },

    /** Takes a text and shows it at once. Returns its id, which is the message's; an id that already waits here is taken once. */
    add: (room: string, text: string, options: { id?: string; replyTo?: string } = {}): string =>
      add(room, text, options),

    wake,

    /** What was refused is tried again, as if for the first time. */
    retry(id: string) {
      const item = find(id)
      if (item?.state !== 'failed') return
      const { reason: _, triedAt: __, ...again } = item
      put({ ...again, state: 'queued' })
      consider()
    },

    discard(id: string) {
      void takeOut(id)
    },

    /** Says something else instead, in the same place. Resolves with whether it could still be changed. */
    async amend(id: string, text: string): Promise<boolean> {
      const held = find(id)
      const item = held && isOurs(held) ? await takeOut(id) : null
      if (item) add(item.room, text, { at: item.at, ...(item.replyTo !== undefined && { replyTo: item.replyTo }) })
      return item !== null
    },

    /** What may have been said is said once more, as a new message, because the person wants it so. */
    async sayAnew(id: string) {
      const item = await takeOut(id)
      if (item) add(item.room, item.text, item.replyTo === undefined ? {} : { replyTo: item.replyTo })
    },

    /** These messages stand in the log now. */
    settle(room: string, isThere: (item: OutboxItem) => boolean) {
      for (const item of items.value) if (item.room === room && isThere(item)) drop(item, 'settled')
    },

    /** Nothing can be said in this room. */
    refuse(room: string, reason: Reason) {
      for (const item of items.value)
        if (item.room === room && isUnsent(item) && !isFlying(item)) put({ ...item, state: 'failed', reason })
    },

    /** The person leaves for good: nobody could send it any more. */
    forget() {
      for (const item of items.value) drop(item, 'discarded')
    },

    close() {
      closed = true
      for (const timer of [afterYou, ...timers.values(), ...slowTimers.values()]) clearTimeout(timer)
      giveBack()
      store.close?.()
    }
  }
}
