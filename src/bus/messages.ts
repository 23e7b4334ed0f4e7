// What instances tell each other. A letter may be lost, late or doubled: it makes things quick, never right. What is right
// is in the log and in the leases.
import * as v from 'valibot'
import { isRoomId } from '../contract.ts'
import { storedEvent } from '../log/stored.ts'

/** People or addresses that one message says the spending of. */
export const SPENT_KEYS_MAX = 100

const text = v.string()
const whole = v.pipe(v.number(), v.safeInteger())
const room = v.pipe(
  v.string(),
  v.check((id) => isRoomId(id))
)
const present = v.object({ key: text, name: text, guest: v.boolean(), region: text, idleSince: v.exactOptional(whole) })
const cursor = v.object({ epoch: text, seq: whole, id: text })

const letter = v.variant('kind', [
  v.object({ v: whole, kind: v.literal('event'), room, before: cursor, event: storedEvent }),
  v.object({ v: whole, kind: v.literal('room'), id: room, title: text, by: v.nullable(text), at: v.number() }),
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
    /** Before this change there was nobody in the lease: also who knows nothing of it can apply this. */
    first: v.exactOptional(v.literal(true)),
    moving: v.boolean(),
    /** In this order: somebody who took another name has left and joined. */
    left: v.array(v.object({ room, who: present })),
    joined: v.array(v.object({ room, who: present }))
  }),
  v.object({ v: whole, kind: v.literal('typing'), room, who: present, on: v.boolean() }),
  /** For the previous build, which does not know `revoked`. */
  v.object({ v: whole, kind: v.literal('signed-out'), person: text, session: text }),
  /** What heavy people and addresses, named by a hash, have spent at this instance. Earlier builds ignore it. */
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
  /** An instance has begun to hear; absent from earlier builds: where. */
  v.object({ v: whole, kind: v.literal('marker'), id: text, region: v.exactOptional(text) })
])
export type BusMessage = v.InferOutput<typeof letter>

/** The letter in what another instance sent, or null when it isn't one this version understands. */
export function readBusMessage(value: unknown): BusMessage | null {
  const read = v.safeParse(letter, value)
  return read.success ? read.output : null
}

/** Carries letters between instances. Every listener hears those of the others. */
export interface Bus {
  /** Letters of the others arrive, as far as is known. */
  readonly hears: boolean
  send(letter: BusMessage): void
  onMessage(listener: (letter: BusMessage) => void): void
}

/** The post of a chat that is one process: there is nobody to write to. */
export const noBus: Bus = { hears: true, send() {}, onMessage() {} }
