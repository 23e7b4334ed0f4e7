// Parses the replies of the scripts. Another version may have written the data.
import * as v from 'valibot'
import { ChatError } from '../../errors.ts'
import { reasons, type Cursor, type FormerText, type Message, type Page, type Room, type Sync } from '../../contract.ts'
import { joined, sending } from '../fold.ts'
import type { Appended, Heads, RoomRecord } from '../message-log.ts'
import { createKnownRooms, type KnownRooms } from './known-rooms.ts'
import { storedEnvelope, storedMembers, storedMessage, storedRoom } from '../stored.ts'

/** Longer ones are for good. */
const LONGEST_WAIT_MS = 100 * 365 * 86_400_000

const text = v.string()
const whole = v.pipe(text, v.regex(/^\d+$/), v.transform(Number), v.safeInteger())
const message = v.nullable(v.pipe(text, v.parseJson(), storedMessage))
// A newer version's event may be about no message. It is read as one about a removed message: if it could not be read, nobody could
// catch up beyond it.
const envelope = v.pipe(
  text,
  v.parseJson(),
  v.transform((stored): unknown => ({ message: '', of: 0, ...(stored as object) })),
  storedEnvelope
)
const flag = v.pipe(
  v.picklist(['0', '1']),
  v.transform((digit) => digit === '1')
)
const room = v.pipe(
  text,
  v.parseJson(),
  v.intersect([storedRoom, v.object({ n: v.number(), within: v.exactOptional(storedMembers) })])
)
const head = v.pipe(text, v.regex(/^\S+ \d+ \S*$/))

const refusal = v.union([
  v.strictTuple([v.picklist(reasons)]),
  v.strictTuple([v.picklist(reasons), whole]),
  v.strictTuple([v.picklist(reasons), whole, text])
])
const appended = v.tuple([
  v.picklist(['kept', 'repeated']),
  text,
  whole,
  text,
  v.union([v.literal(''), envelope]),
  message,
  flag,
  v.optional(text),
  v.optional(room)
])
const events = v.tuple([v.literal('events'), text, whole, text, v.array(envelope), v.array(message)])
const fresh = v.tuple([v.literal('fresh'), text, whole, text, flag, v.array(message)])
const page = v.tuple([flag, v.array(message)])

/** Parses a reply. An unreadable one is damage or a bug, so it is not StoreUnavailable: a repetition would read the same. */
export async function reading<T>(reply: Promise<unknown>, read: (reply: unknown) => T): Promise<T> {
  const body = await reply
  try {
    return read(body)
  } catch (cause) {
    if (cause instanceof ChatError) throw cause
    throw new Error('Redis holds data that this version does not understand', { cause })
  }
}

/** @throws ChatError when it is a refusal */
export function readAppended(answer: unknown): Appended {
  const [outcome, epoch, seq, id, record, present, published, , unpinned] = accepted(appended, answer)
  // A message that still exists is its own record.
  const stored = record || (present && sending(present))
  if (!stored) throw new Error('neither a record nor a message')
  return {
    event: joined(stored, present),
    before: { epoch, seq, id },
    repeated: outcome === 'repeated',
    published,
    ...(unpinned && { room: withoutPlace(unpinned) })
  }
}

/** The state of all rooms' settings in which the room of an appended change had none; empty if it has some, or the change was refused. */
export const readPlainAsOf = (answer: unknown): string =>
  Array.isArray(answer) && typeof answer[7] === 'string' ? answer[7] : ''

/** @throws ChatError when it is a refusal */
export function readSync(answer: unknown, cursor: Cursor | null): Sync {
  if (Array.isArray(answer) && answer[0] === 'fresh') {
    const [, epoch, seq, id, older, messages] = v.parse(fresh, answer)
    return { kind: 'fresh', cursor: { epoch, seq, id }, messages: withoutHoles(messages), older }
  }
  const [, epoch, headSeq, headId, envelopes, messages] = accepted(events, answer)
  const list = envelopes.map((one, n) => joined(one, messages[n] ?? null))
  const last = list.at(-1) ?? { seq: cursor?.seq ?? headSeq, id: cursor?.id ?? headId }
  const end = { epoch, seq: last.seq, id: last.id }
  return { kind: 'events', cursor: end, events: list, more: end.seq < headSeq }
}

export function readPage(answer: unknown): Page {
  const [older, messages] = v.parse(page, answer)
  return { messages: withoutHoles(messages), older }
}

/** @throws ChatError when it is a refusal */
export function readHead(answer: unknown): Cursor {
  const [, epoch, seq, id] = accepted(v.tuple([v.literal('head'), text, whole, text]), answer)
  return { epoch, seq, id }
}

export function readHeads(answer: unknown): Heads {
  const flat = v.parse(v.array(text), answer)
  const heads: Heads = new Map()
  for (let n = 0; n < flat.length; n += 2) heads.set(flat[n] ?? '', readCursor(flat[n + 1]))
  return heads
}

/** Reads the heads of these rooms, of which some may have none. */
export const readHeadsOf =
  (rooms: readonly string[]) =>
  (answer: unknown): Heads => {
    const found = v.parse(v.array(v.nullable(text)), answer)
    return new Map(rooms.flatMap((room, n) => (found[n] ? [[room, readCursor(found[n])] as const] : [])))
  }

function readCursor(stored: unknown): Cursor {
  const [epoch = '', seq, id = ''] = v.parse(head, stored).split(' ')
  return { epoch, seq: Number(seq), id }
}

export function readRooms(answer: unknown): Room[] {
  const rooms = v.parse(v.array(room), answer).toSorted((a, b) => a.n - b.n || a.at - b.at)
  return rooms.map(withoutPlace)
}

const unseen = v.tuple([v.literal('unseen'), text, v.array(room)])
const titled = v.tuple([v.literal('room'), room, v.optional(text)])

/**
 * The room that got its title, and if it is new the state of all rooms with it; or all rooms, with which the caller must compare it.
 * @throws ChatError when it is a refusal
 */
export function readTitledRoom(answer: unknown): { room: Room; state?: string | undefined } | { known: KnownRooms } {
  if (!Array.isArray(answer) || answer[0] !== 'unseen') {
    const [, made, state] = accepted(titled, answer)
    return { room: withoutPlace(made), state }
  }
  const [, state, rooms] = v.parse(unseen, answer)
  const nextPlace = rooms.reduce((place, { n }) => Math.max(place, n + 1), 0)
  return { known: createKnownRooms(rooms.map(withoutPlace), nextPlace, state) }
}

/** @throws ChatError when it is a refusal */
export const readChangedRoom = (answer: unknown): Room =>
  withoutPlace(accepted(v.tuple([v.literal('room'), room]), answer)[1])

/** Null for a message that is not there or removed. */
export function readFormer(stored: unknown): FormerText[] | null {
  const found = v.parse(v.nullable(v.pipe(text, v.parseJson(), formerIn)), stored)
  return found && !found.removed ? (found.former ?? []) : null
}
const formerIn = v.object({
  removed: v.exactOptional(v.literal(true)),
  former: v.exactOptional(v.array(v.object({ text, at: v.number() })))
})

/** Positions in a list, from 1. */
export const readPlaces = (answer: unknown): number[] => v.parse(v.array(whole), answer)

/** @throws ChatError when it is a refusal */
export function readRoomRecord(answer: unknown): RoomRecord {
  const [, epoch, seq, id, stored] = accepted(v.tuple([v.literal('room'), text, whole, text, room]), answer)
  return recordOf(stored, { epoch, seq, id })
}

export function readRoomsOf(answer: unknown): RoomRecord[] {
  const flat = v.parse(v.array(text), answer)
  return flat.flatMap((stored, n) => (n % 2 === 0 ? [] : [recordOf(v.parse(room, stored), readCursor(flat[n - 1]))]))
}

/** True when the room has changed since the caller read it. */
export const hasChanged = (answer: unknown): boolean => Array.isArray(answer) && answer[0] === 'changed'

/** A private room as stored. */
export const readHidden = (stored: string) => recordOf(v.parse(room, stored), { epoch: '', seq: 0, id: '' })

function recordOf({ within = {}, ...stored }: v.InferOutput<typeof room>, head: Cursor): RoomRecord {
  const all = Object.entries(within).map(([id, member]) => ({ id, ...member }))
  return { room: withoutPlace(stored), head, members: all.toSorted((a, b) => a.since - b.since) }
}

function accepted<T>(schema: v.GenericSchema<unknown, T>, answer: unknown): T {
  const refused = v.safeParse(refusal, answer)
  if (refused.success) {
    const [reason, waitMs, why] = refused.output
    throw new ChatError(reason, waitMs !== undefined && waitMs > LONGEST_WAIT_MS ? undefined : waitMs, undefined, why)
  }
  return v.parse(schema, answer)
}

const withoutPlace = (placed: Room): Room => v.parse(storedRoom, placed)
const withoutHoles = (messages: (Message | null)[]) => messages.filter((one) => one !== null)
