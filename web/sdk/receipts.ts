// The promises that `send` returns: each resolves with the receipt of its message, and rejects when the message is refused.
import { effect, untracked } from '@preact/signals'
import { newId, type Receipt } from '../../src/contract.ts'
import type { OutboxItem } from '../engine/outbox/item.ts'
import type { Outbox } from '../engine/outbox/outbox.ts'
import type { SendOptions } from './api.ts'
import { ClientError, refused } from './client-error.ts'
import { idOf } from './room.ts'

export function openReceipts(outbox: Outbox, onError: (error: ClientError) => void) {
  /** By message id. */
  const waiting = new Map<string, PromiseWithResolvers<Receipt>>()
  let endedWith: ClientError | null = null
  const stop = effect(() => {
    for (const item of outbox.items.value)
      if (item.state !== 'queued' && item.state !== 'sending') untracked(() => settle(item))
  })

  /** Settles the promise of an item. When an earlier process sent the message, `onError` receives a failure. */
  function settle(item: OutboxItem) {
    const one = waiting.get(item.id)
    waiting.delete(item.id)
    if (item.receipt) {
      one?.resolve(item.receipt)
      outbox.settle(item.room, ({ id }) => id === item.id)
      return
    }
    outbox.discard(item.id)
    const { id, room, text, replyTo, reason } = item
    const about = { room, unsent: { id, room, text, ...(replyTo !== undefined && { replyTo }) } }
    const error = reason
      ? refused(reason, about)
      : new ClientError('unsure', 'A message that was tried long ago may have been posted already.', about)
    if (one) one.reject(error)
    else onError(error)
  }

  return {
    settle,

    send(room: string, text: string, { id = newId(), replyTo }: SendOptions = {}): Promise<Receipt> {
      const known = waiting.get(id)
      if (known) return known.promise
      if (endedWith) return Promise.reject(endedWith)
      const one = Promise.withResolvers<Receipt>()
      waiting.set(id, one)
      outbox.add(room, text, { id, ...(replyTo !== undefined && { replyTo: idOf(replyTo) }) })
      return one.promise
    },

    /** Rejects all that wait. */
    end(error: ClientError) {
      endedWith = error
      stop()
      for (const one of waiting.values()) {
        // A receipt that nobody waits for must not become an unhandled rejection.
        one.promise.catch(() => {})
        one.reject(error)
      }
    }
  }
}
