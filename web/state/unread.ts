// Counts the unread messages of each room, including those that the page does not hold because they were trimmed or never loaded.
import { signal } from '@preact/signals'
import { PAGE_MAX_MESSAGES } from '../../src/contract.ts'
import type { News, OpenRoom } from '../engine/room-sync.ts'
import type { Ask } from '../engine/socket.ts'
import { isWhole } from '../engine/wire-events.ts'

export function unreadCounts(myId: () => string) {
  /** By room, the seqs of others' messages that arrived since the room was last read. */
  const arrived = new Map<string, Set<number>>()
  /** The sets change in place, so this signal notifies readers of changes. */
  const changes = signal(0)

  return {
    /** A room's log has just applied these events, or was loaded again. */
    moved({ id }: OpenRoom, { fresh, events }: News) {
      const seqs = (!fresh && arrived.get(id)) || new Set()
      for (const event of events) {
        const { seq } = isWhole(event) ? event.message : event.of
        if (event.kind === 'removed' || (isWhole(event) && event.message.removed)) seqs.delete(seq)
        else if (event.kind === 'sent' && event.by.id !== myId()) seqs.add(seq)
      }
      arrived.set(id, seqs)
      changes.value++
    },

    /** Counts what was missed and is not loaded, page by page from the newest. If a page cannot be read, older ones are not counted. */
    async look({ id, log }: OpenRoom, ask: Ask, upTo: number) {
      let before = log.value!.cursor.seq + 1
      while (before > upTo + 1) {
        const page = await ask('room:before', { room: id, before, limit: PAGE_MAX_MESSAGES })
        const seqs = arrived.get(id)
        if (!page.ok || !seqs) return
        for (const { seq, removed, by } of page.value.messages)
          if (seq > upTo && !removed && by.id !== myId()) seqs.add(seq)
        changes.value++
        before = page.value.older ? (page.value.messages[0]?.seq ?? 0) : 0
      }
    },

    /** Everything in this room has been read. */
    read(id: string) {
      if (arrived.delete(id)) changes.value++
    },

    /** @param read seq up to which each room has been read; other rooms are not counted */
    of(rooms: Iterable<OpenRoom>, read: ReadonlyMap<string, number>): Map<string, number> {
      void changes.value
      const counts = new Map<string, number>()
      for (const { id, log } of rooms) {
        const upTo = read.get(id)
        if (upTo === undefined) continue
        const seqs = arrived.get(id)
        const loaded = log.value!.messages.filter(
          ({ seq, removed, by }) => seq > upTo && !removed && by.id !== myId() && !seqs?.has(seq)
        )
        counts.set(id, (seqs?.size ?? 0) + loaded.length)
      }
      return counts
    }
  }
}
