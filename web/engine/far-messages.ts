// Messages outside of what is loaded that a reply or a link names: each is read once, and follows the events of the room.
import { signal } from '@preact/signals'
import type { Message, WireEvent } from '../../src/contract.ts'
import { withEntry } from './entries.ts'
import type { Ask } from './socket.ts'
import { changed, isWhole } from './wire-events.ts'

export function farMessages(room: string, ask: Ask) {
  /** Null: the room has no such message any more. */
  const found = signal<ReadonlyMap<string, Message | null>>(new Map())
  const reads = new Map<string, Promise<Message | null | undefined>>()
  let last: Promise<unknown> = Promise.resolve()

  /** Events since the read in flight began: its answer may be older than they are. */
  let missed: WireEvent[] | null = null

  async function read(id: string): Promise<Message | null | undefined> {
    const since: WireEvent[] = (missed = [])
    const reply = await ask('message:read', { room, message: id })
    missed = null
    if (!reply.ok && reply.reason !== 'no-message') {
      // The next caller asks again.
      reads.delete(id)
      return undefined
    }
    found.value = withEntry(found.value, id, reply.ok ? reply.value : null)
    apply(since)
    return found.value.get(id)
  }

  function apply(events: readonly WireEvent[]) {
    for (const event of events) {
      const { id } = isWhole(event) ? event.message : event.of
      const message = found.value.get(id)
      if (!message || message.rev >= event.seq) continue
      found.value = withEntry(found.value, id, isWhole(event) ? event.message : changed(message, event))
    }
  }

  return {
    found,

    /** One read at a time, so that a page of replies does not use up what a person may ask for. Undefined: it cannot be read now. */
    read(id: string): Promise<Message | null | undefined> {
      let answer = reads.get(id)
      if (!answer) {
        answer = last.then(() => read(id))
        reads.set(id, answer)
        last = answer
      }
      return answer
    },

    /** The log applied these events, or made a fresh start. */
    moved({ fresh, events }: { fresh: boolean; events: readonly WireEvent[] }) {
      missed?.push(...events)
      apply(events)
      if (!fresh) return
      reads.clear()
      found.value = new Map()
    }
  }
}
