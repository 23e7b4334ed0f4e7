// The rows of a room, from top to bottom: days, messages grouped by author, notices, the line above new messages, and last the
// messages that are not confirmed yet.
import type { Author, Message } from '../../src/contract.ts'
import type { Notice } from '../engine/notices.ts'
import type { OutboxItem } from '../engine/outbox/item.ts'
import type { RoomLog } from '../engine/room-log.ts'

/** Messages of one author closer together than this share one heading. */
export const GROUP_MS = 5 * 60_000

export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'message'; key: string; message: Message; head: boolean }
  | { kind: 'pending'; key: string; item: OutboxItem; head: boolean }
  | { kind: 'notice'; key: string; notice: Notice }
  | { kind: 'new'; key: string }

export interface TimelineParts {
  log: RoomLog
  notices: readonly Notice[]
  /** Items of this room only. */
  outbox: readonly OutboxItem[]
  me: Author
  /** The line "new" is after this seq. */
  line: number | undefined
}

export function timeline({ log, notices, outbox, me, line }: TimelineParts): Row[] {
  const rows: Row[] = []
  const quiet = notices.toSorted((a, b) => a.after - b.after)
  let place = 0
  let day = ''
  let before: { by: Author; at: number } | null = null
  let lineDrawn = line === undefined

  function notesUpTo(seq: number) {
    while (quiet[place] && quiet[place]!.after < seq) {
      const notice = quiet[place++]!
      if (notice.after < log.from - 1) continue
      dayOf(notice.at)
      rows.push({ kind: 'notice', key: notice.key, notice })
      before = null
    }
  }

  function dayOf(at: number) {
    const name = dayName(at)
    // Clocks of several instances may differ around midnight, so a day begins only once.
    if (name <= day) return
    day = name
    before = null
    rows.push({ kind: 'day', key: `day-${name}`, at })
  }

  /** A new name of the same person has a heading of its own. */
  function head(by: Author, at: number): boolean {
    dayOf(at)
    const isSame = before?.by.id === by.id && before.by.name === by.name
    const isHead = before === null || !isSame || at - before.at > GROUP_MS
    before = { by, at: isHead ? at : before!.at }
    return isHead
  }

  const waiting = new Set(outbox.map(({ id }) => id))
  for (const message of log.messages) {
    waiting.delete(message.id)
    notesUpTo(message.seq)
    if (!lineDrawn && message.seq > line! && message.by.id !== me.id) {
      rows.push({ kind: 'new', key: 'new' })
      before = null
      lineDrawn = true
    }
    const isHead = head(message.by, message.at)
    rows.push({ kind: 'message', key: message.id, message, head: isHead })
  }
  notesUpTo(log.to ?? Infinity)
  // Unconfirmed messages come after the newest message, which is not loaded.
  if (log.to !== undefined) return rows

  for (const item of outbox) {
    if (!waiting.has(item.id)) continue
    rows.push({ kind: 'pending', key: item.id, item, head: head(me, item.at) })
  }
  return rows
}

function dayName(at: number): string {
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
