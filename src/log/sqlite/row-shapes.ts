// Rows of the embedded store, to and from the shapes of the contract. STRICT tables keep the types of columns; only what is
// JSON inside a column is checked on reading.
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import * as v from 'valibot'
import type { Author, Cursor, FormerText, Message, Room } from '../../contract.ts'
import { StoreDamaged } from '../../errors.ts'
import { decodeFormer } from '../former-texts.ts'
import type { Member } from '../message-log.ts'
import { storedMentions, storedReactions, storedSettings, type Envelope } from '../stored.ts'
import { readMembers } from './hidden-rows.ts'
import { uncovered, uncoveredMore } from './masking.ts'

export type Row = Record<string, SQLOutputValue>

/** A room's row: where its log ends, how many messages and bytes are kept, and up to which seq history has let all of them go. */
export interface RoomRow {
  n: number
  room: Room
  head: Cursor
  messages: number
  bytes: number
  trimmed: number
  /** Of a private room. */
  members?: Member[]
}

/** A message and the place of its text's key; null when it has no text. */
export interface MessageRow {
  message: Message
  mask: number | null
  former: FormerText[]
}

/** A message that may go: the place of its text's key, its author ('' for guests) and what it counts for. */
export interface OldestRow {
  seq: number
  mask: number | null
  author: string
  bytes: number
}

export const ifAny = <T>(row: Row | undefined, to: (row: Row) => T): T | null => (row ? to(row) : null)
export const text = (value: SQLOutputValue | undefined) => (typeof value === 'string' ? value : '')
export const authorId = (row: Row) => (typeof row['by'] === 'string' ? row['by'] : null)
const author = (row: Row): Author => ({
  id: authorId(row),
  name: text(row['name'])
})

export function toRoom(row: Row): RoomRow {
  const id = text(row['id'])
  return {
    n: Number(row['n']),
    room: { id, title: text(row['title']), by: author(row).id, at: Number(row['at']), ...settingsOf(row) },
    head: { epoch: text(row['epoch']), seq: Number(row['seq']), id: text(row['head']) },
    messages: Number(row['messages']),
    bytes: Number(row['bytes']),
    trimmed: Number(row['trimmed']),
    ...(row['members'] !== undefined && { members: readMembers(row) })
  }
}

/** The settings of a newer version are left out when a change is stored. */
function settingsOf({ settings }: Row) {
  return settings ? parsed(storedSettings, text(settings), 'the settings of a room are damaged') : {}
}

export function toOldest({ seq, mask, by, bytes }: Row): OldestRow {
  return { seq: Number(seq), mask: typeof mask === 'number' ? mask : null, author: text(by), bytes: Number(bytes) }
}

export function toEnvelope(row: Row): Envelope {
  return {
    v: Number(row['v']),
    seq: Number(row['seq']),
    kind: text(row['kind']) as Envelope['kind'],
    id: text(row['id']),
    at: Number(row['at']),
    by: author(row),
    message: text(row['message']),
    of: Number(row['of'])
  }
}

export function toMessage(row: Row): MessageRow {
  const { body, key, mask, replyTo, editedAt, reactions, mentions } = row
  const message: Message = {
    id: text(row['id']),
    seq: Number(row['seq']),
    rev: Number(row['rev']),
    at: Number(row['at']),
    by: author(row),
    text: body instanceof Uint8Array && key instanceof Uint8Array ? uncovered(body, key) : ''
  }
  if (typeof replyTo === 'string') message.replyTo = replyTo
  if (typeof editedAt === 'number') message.editedAt = editedAt
  if (row['removed']) message.removed = true
  if (typeof reactions === 'string')
    message.reactions = parsed(storedReactions, reactions, 'the reactions of a message are damaged')
  if (mentions) message.mentions = parsed(storedMentions, text(mentions), 'the mentions of a message are damaged')
  const former =
    row['former'] instanceof Uint8Array && body instanceof Uint8Array && key instanceof Uint8Array
      ? decodeFormer(uncoveredMore(row['former'], key, body.length))
      : []
  return { message, mask: typeof mask === 'number' ? mask : null, former }
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, text: string, otherwise: string): T {
  try {
    return v.parse(schema, JSON.parse(text))
  } catch (cause) {
    throw new StoreDamaged(otherwise, { cause })
  }
}

export function columns(message: Message, masked: { mask: number; body: Uint8Array } | null): SQLInputValue[] {
  const { rev, at, by, replyTo, editedAt, removed, reactions, mentions } = message
  const kept = [rev, at, by.id, by.name, masked?.mask ?? null, masked?.body ?? null, replyTo ?? null, editedAt ?? null]
  const lists = [reactions ? JSON.stringify(reactions) : null, mentions ? JSON.stringify(mentions) : '']
  return [...kept, removed ? 1 : 0, ...lists]
}
