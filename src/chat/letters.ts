// What instances tell each other. A letter may be lost, late or doubled: it makes things quick, never right. What is right
// is in the log and in the leases.
import * as v from 'valibot'
import { isRoomId, type RoomEvent } from '../contract.ts'

const text = v.string()
const whole = v.pipe(v.number(), v.safeInteger())
const room = v.pipe(
  v.string(),
  v.check((id) => isRoomId(id))
)
const author = v.object({ id: v.nullable(text), name: text })
const present = v.object({ key: text, name: text, guest: v.boolean(), region: text })
const cursor = v.object({ epoch: text, seq: whole, id: text })
const message = v.object({
  id: text,
  seq: whole,
  rev: whole,
  at: v.number(),
  by: author,
  text,
  replyTo: v.exactOptional(text),
  editedAt: v.exactOptional(v.number()),
  removed: v.exactOptional(v.literal(true)),
  reactions: v.exactOptional(v.record(text, v.array(text)))
})
/** An event as kept or carried. An unknown kind of a newer version is let through: it takes its number in the order. */
export const storedEvent: v.GenericSchema<unknown, RoomEvent> = v.object({
  v: whole,
  seq: whole,
  kind: text as v.GenericSchema<unknown, RoomEvent['kind']>,
  id: text,
  at: v.number(),
  by: author,
  message
})

const letter = v.variant('kind', [
  v.object({ v: whole, kind: v.literal('event'), room, before: cursor, event: storedEvent }),
  v.object({ v: whole, kind: v.literal('room'), id: room, title: text, by: v.nullable(text), at: v.number() }),
  v.object({
    v: whole,
    kind: v.literal('presence'),
    instance: text,
    boot: text,
    region: text,
    /** The lease's version after this change. */
    version: whole,
    joined: v.array(v.object({ room, who: present })),
    left: v.array(v.object({ room, key: text }))
  }),
  v.object({ v: whole, kind: v.literal('typing'), room, who: present, on: v.boolean() }),
  v.object({ v: whole, kind: v.literal('signed-out'), person: text, session: text }),
  v.object({ v: whole, kind: v.literal('marker'), id: text })
])
export type Letter = v.InferOutput<typeof letter>

/** The letter in what another instance sent, or null when it isn't one this version understands. */
export function readLetter(value: unknown): Letter | null {
  const read = v.safeParse(letter, value)
  return read.success ? read.output : null
}

/** Carries letters between instances. The listener hears those of the others. */
export interface Post {
  send(letter: Letter): void
  onLetter(listener: (letter: Letter) => void): void
}

/** The post of a chat that is one process: there is nobody to write to. */
export const noPost: Post = { send() {}, onLetter() {} }
