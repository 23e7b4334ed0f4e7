// Messages that nobody has confirmed. An item leaves only when the log has it, or when the person discards it. This file is what the
// person and the chat do with them; list.ts shows and stores them, sender.ts sends them.
import type { ReadonlySignal } from '@preact/signals'
import { newId, type Reason } from '../../../src/contract.ts'
import { isFinal, isUnsent, type Change, type OutboxItem } from './item.ts'
import { createList } from './list.ts'
import { openSender, type OutboxDeps } from './sender.ts'

type AddOptions = Partial<Pick<OutboxItem, 'id' | 'replyTo' | 'at'>>

export type Outbox = ReturnType<typeof openOutbox>

export function openOutbox(deps: OutboxDeps) {
  const { store, isInLog, confirmed } = deps
  const list = createList(store)
  const sender = openSender(list, deps)
  const { items, find, isMine, isPending } = list
  let closed = false
  store.listen?.({ changed: changedElsewhere, gone: takeOver })

  function queue(item: OutboxItem) {
    list.put({ ...item, ...(store.owner !== undefined && { owner: store.owner }), state: 'queued' })
    sender.flush()
  }

  function add(room: string, text: string, { id = newId(), ...rest }: AddOptions = {}): string {
    const at = Math.max(Date.now(), (items.value.at(-1)?.at ?? 0) + 1)
    if (!find(id)) queue({ v: 1, id, room, text, at, ...rest, state: 'queued' })
    return id
  }

  /** Whether the item can be taken back for certain: it was refused, or this page has not sent it yet. */
  const isRevocable = (item: OutboxItem) =>
    isFinal(item) || (isMine(item) && item.state === 'queued' && item.triedAt === undefined)

  function takeBack(id: string): OutboxItem | null {
    const item = find(id)
    if (!item || !isRevocable(item)) return null
    list.discard(item)
    return item
  }

  /** Shows an item as another page left it. This page knows best what it sends itself. */
  function merge(item: OutboxItem) {
    const before = find(item.id)
    if (before && (before.state === 'sent' || isPending(before))) return
    if (isInLog?.(item)) list.settle(item)
    else if (before || item.state !== 'sent') list.show(isPending(item) ? { ...item, state: 'queued' } : item)
    if (item.state === 'sent' && before && item.receipt) confirmed(item, item.receipt)
  }

  function changedElsewhere(change: Change) {
    if ('item' in change) return merge(change.item)
    const before = find(change.discarded)
    if (before && !list.isInFlight(before) && before.state !== 'sent') list.hide(before.id)
  }

  async function read() {
    const stored = await store.load()
    if (!closed) for (const item of stored) merge(item)
  }

  /** The page `owner` is gone: this page sends what that page did not. */
  async function takeOver(owner: string | undefined) {
    await read()
    for (const item of items.value) if (!closed && item.owner === owner && isUnsent(item)) queue(item)
  }

  return {
    items: items as ReadonlySignal<readonly OutboxItem[]>,
    isRevocable,

    /** Brings back what earlier pages of this person left behind. */
    async restore() {
      await read()
      sender.flush()
    },

    /** Shows the text and sends it at once. Returns its id, which is the message's. An id that already waits is taken once. */
    add,
    wake: sender.wake,

    /** Tries a refused message again, as if for the first time. */
    retry(id: string) {
      const item = find(id)
      if (item?.state !== 'failed') return
      const { reason: _, triedAt: __, ...again } = item
      queue(again)
    },

    discard: (id: string) => void takeBack(id),

    /** Replaces the text, in the same place. Returns whether that was still possible. */
    amend(id: string, text: string): boolean {
      const item = takeBack(id)
      if (item) add(item.room, text, { at: item.at, ...answering(item) })
      return item !== null
    },

    /** Sends the text as a new message. The person accepts that it may be posted twice. */
    sendAsNew(id: string) {
      const item = takeBack(id)
      if (item) add(item.room, item.text, answering(item))
    },

    /** The log has these messages now. */
    settle(room: string, isThere: (item: OutboxItem) => boolean) {
      for (const item of items.value) {
        if (item.room !== room || !isThere(item)) continue
        list.settle(item)
        if (isPending(item)) sender.overtaken(item)
      }
    },

    /** The room accepts no messages. */
    refuse(room: string, reason: Reason) {
      for (const item of items.value)
        if (item.room === room && isPending(item) && !list.isInFlight(item))
          list.put({ ...item, state: 'failed', reason })
      sender.wake(room)
    },

    /** The person signs out: nobody could send these any more. */
    forget() {
      for (const item of items.value) list.discard(item)
    },

    close() {
      closed = true
      list.close()
      sender.close()
      store.close?.()
    }
  }
}

const answering = ({ replyTo }: OutboxItem) => (replyTo === undefined ? {} : { replyTo })
