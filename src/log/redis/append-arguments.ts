// The arguments of the append script that describe a change; see scripts/append.ts.
import { STORED_VERSION } from '../../contract.ts'
import { storedBytes } from '../limits.ts'
import type { Change } from '../message-log.ts'

/** JSON lacks its first brace, because the script adds the seq there. */
export function argumentsOf(change: Change): string[] {
  const { kind, id, at, by, known } = change
  const message = change.kind === 'sent' ? id : change.message
  const envelope = JSON.stringify({ v: STORED_VERSION, kind, id, at, by, message }).slice(1)
  const { epoch, seq, id: seen } = known ?? { epoch: '', seq: 0, id: '' }
  const common = [kind, id, by.id ?? '', by.name, message, epoch, `${seq}`, seen, envelope]
  switch (change.kind) {
    case 'sent': {
      const { text, replyTo, mentions } = change
      return [...common, JSON.stringify({ id, at, by, text, replyTo, mentions }).slice(1), `${storedBytes(change)}`]
    }
    case 'edited':
      return [...common, change.text, `${at}`, change.mentions ? JSON.stringify(change.mentions) : '']
    case 'removed':
      return common
    default:
      change satisfies { kind: 'reacted' }
      return [...common, change.emoji, change.on ? '1' : '0']
  }
}
