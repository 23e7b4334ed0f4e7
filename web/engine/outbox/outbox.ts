// What I said and nobody has confirmed. An item leaves only by its receipt, by standing in the log, or by the hand of the person.
// Here is what a person and the chat do with it; outbox-list.ts shows and keeps it, outbox-sender.ts sends it, and outbox-others.ts
// hears of the person's other pages.
import type { ReadonlySignal } from '@preact/signals'
import { newId, type Reason } from '../../../src/contract.ts'
import type { OutboxDeps } from './deps.ts'
import { isOurs, isUnsent, type OutboxItem } from './item.ts'
import { keepList } from './list.ts'
import { hearOthers } from './others.ts'
import { openSender } from './sender.ts'

export type Outbox = ReturnType<typeof openOutbox>

export function openOutbox(doors: OutboxDeps) {
  const { store, stands } = doors
  const list = keepList(store)
  const others = hearOthers(list, doors, () => sender.consider())
  const sender = openSender(list, doors, others.agree)
  const { items, find } = list

  function add(
    room: string,
    text: string,
    { id = newId(), ...rest }: { id?: string; replyTo?: string; at?: number } = {}
  ) {
    if (find(id)) return id
    const at = Math.max(Date.now(), (items.value.at(-1)?.at ?? 0) + 1)
    list.put({ v: 1, id, room, text, at, ...rest, state: 'queued' }, 'added')
    sender.consider()
    return id
  }

  /** Takes an item out if it is certain that it isn't said, or the person takes the risk. Resolves with it, or with null. */
  async function takeOut(id: string): Promise<OutboxItem | null> {
    const item = find(id)
    if (!item || item.state === 'sending' || (store.withdraw && !(await store.withdraw(item)))) return null
    list.drop(item, 'discarded')
    return item
  }

  return {
    items: items as ReadonlySignal<readonly OutboxItem[]>,

    /** Brings back what an earlier page of this person left behind. */
    async restore() {
      const left = await store.load().catch(() => [])
      for (const item of left) {
        if (find(item.id)) continue
        if (stands?.(item)) list.drop(item, 'settled')
        else list.show(item.state === 'sending' ? { ...item, state: 'queued' } : item)
      }
      sender.consider()
    },

    /** Takes a text and shows it at once. Returns its id, which is the message's; an id that already waits here is taken once. */
    add: (room: string, text: string, options: { id?: string; replyTo?: string } = {}): string =>
      add(room, text, options),

    wake: sender.wake,

    /** What was refused is tried again, as if for the first time. */
    retry(id: string) {
      const item = find(id)
      if (item?.state !== 'failed') return
      const { reason: _, triedAt: __, ...again } = item
      list.put({ ...again, state: 'queued' })
      sender.consider()
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
      for (const item of items.value) if (item.room === room && isThere(item)) list.drop(item, 'settled')
    },

    /** Nothing can be said in this room. */
    refuse(room: string, reason: Reason) {
      for (const item of items.value)
        if (item.room === room && isUnsent(item) && !list.isFlying(item)) list.put({ ...item, state: 'failed', reason })
    },

    /** The person leaves for good: nobody could send it any more. */
    forget() {
      for (const item of items.value) list.drop(item, 'discarded')
    },

    close() {
      others.close()
      list.close()
      sender.close()
      store.close?.()
    }
  }
}
