// The messages that instances send each other. A bus message may be lost, late or repeated: it only saves time. The truth is in the
// log and in the leases.
import * as v from 'valibot'
import { isRoomId } from '../contract.ts'
import { storedEvent, storedSettings } from '../log/stored.ts'

/** Read positions, of all people together, in one message. */
export const MOVED_POSITIONS_MAX = 1_000
/** People or addresses whose spending one message reports. */
export const SPENT_KEYS_MAX = 100

const text = v.string()
const whole = v.pipe(v.number(), v.safeInteger())
export const room = v.pipe(
  v.string(),
  v.check((id) => isRoomId(id))
)
export const present = v.object({
  key: text,
  name: text,
  guest: v.boolean(),
  region: text,
  idleSince: v.exactOptional(whole)
})
const cursor = v.object({ epoch: text, seq: whole, id: text })

const busMessage = v.variant('kind', [
  v.object({ v: whole, kind: v.literal('event'), room, before: cursor, event: storedEvent }),
  /** A room was created or changed. Earlier builds read no settings. */
  v.object({
    v: whole,
    kind: v.literal('room'),
    id: room,
    title: text,
    by: v.nullable(text),
    at: v.number(),
    ...storedSettings.entries
  }),
  /** A private room has changed; its members alone read what it is now. Earlier builds ignore it. */
  v.object({ v: whole, kind: v.literal('hidden-room'), room }),
  /** A room is gone. Earlier builds ignore it. */
  v.object({ v: whole, kind: v.literal('room-removed'), room }),
  v.object({
    v: whole,
    kind: v.literal('presence'),
    instance: text,
    boot: text,
    region: text,
    /** The version of the lease that this change follows, and the one that it makes. */
    since: whole,
    version: whole,
    /** The lease was empty before this change, so an instance that does not know the lease can apply it too. */
    first: v.exactOptional(v.literal(true)),
    moving: v.boolean(),
    /** Apply in this order: a person who changes their name has left and joined. */
    left: v.array(v.object({ room, who: present })),
    joined: v.array(v.object({ room, who: present }))
  }),
  v.object({ v: whole, kind: v.literal('typing'), room, who: present, on: v.boolean() }),
  /** For the previous build, which does not know `revoked`. */
  v.object({ v: whole, kind: v.literal('signed-out'), person: text, session: text }),
  /** What the heaviest people and addresses, named by a hash, have spent at this instance. Earlier builds ignore it. */
  v.object({
    v: whole,
    kind: v.literal('spent'),
    spent: v.pipe(
      v.array(v.object({ key: text, cost: v.pipe(v.number(), v.minValue(0)) })),
      v.maxLength(SPENT_KEYS_MAX)
    )
  }),
  /** Tokens of a session that were issued before a time are void. */
  v.object({ v: whole, kind: v.literal('revoked'), session: text, before: whole }),
  /** How far people have read who have pages at other instances too. Earlier builds ignore it. */
  v.object({
    v: whole,
    kind: v.literal('read'),
    readings: v.pipe(
      v.array(v.object({ person: text, positions: v.array(v.object({ room, epoch: text, seq: whole, back: whole })) })),
      v.maxLength(MOVED_POSITIONS_MAX)
    )
  }),
  /** A person who has pages at other instances too wants to be notified of something else. Earlier builds ignore it. */
  v.object({ v: whole, kind: v.literal('alerts'), person: text }),
  /** A person has taken another name. Earlier builds ignore it. */
  v.object({ v: whole, kind: v.literal('renamed'), key: text, name: text }),
  /** Records of the shared table that were written after revision `after`, up to `last`. Earlier builds ignore it. */
  v.object({
    v: whole,
    kind: v.literal('table'),
    after: whole,
    last: whole,
    records: v.array(v.object({ key: text, value: v.nullable(text) }))
  }),
  /** An instance has started to receive. Earlier builds send no region. */
  v.object({ v: whole, kind: v.literal('marker'), id: text, region: v.exactOptional(text) })
])
export type BusMessage = v.InferOutput<typeof busMessage>

/** The message that another instance sent, or null when this version does not understand it. */
export function readBusMessage(value: unknown): BusMessage | null {
  const read = v.safeParse(busMessage, value)
  return read.success ? read.output : null
}

/** Carries messages between instances. */
export interface Bus {
  /** Messages of other instances arrive, as far as is known. */
  readonly isReceiving: boolean
  send(message: BusMessage): void
  /** Adds a listener, which receives the messages of other instances. */
  onMessage(listener: (message: BusMessage) => void): void
}

/** The bus of a chat that is one process. */
export const noBus: Bus = { isReceiving: true, send() {}, onMessage() {} }
