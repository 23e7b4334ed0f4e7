// The live lists of a room, packed. Those who get all lists of a room learn each author once: a list goes on where the one before has
// ended, in its numbers, times and authors. When somebody joins them, the next list begins anew, so that nobody is handed what was before.
import type { Cursor, LiveEvents } from './messages.ts'
import {
  beginAfter,
  packEvents,
  unpackEvents,
  type PackedEvent,
  type Packing,
  type Unpacking
} from './packed-events.ts'

/**
 * `head` of a list that begins anew (`room:+`): the beginning of the epoch, which shows that the list continues what the receiver has;
 * the proof of the cursor at the last event; and after a dot the seq of the event before the first. Of one that continues (`:+`): the
 * last two digits of that seq in base 36, which show that no list is missing, and the proof.
 */
export type PackedEvents = [room: string, head: string, ...events: PackedEvent[]]
/** Each message has the event's name, so it is short. */
export type PackedList = ['room:+' | ':+', ...PackedEvents]

const EPOCH_SENT = 4
const DIGITS_SENT = 2
const BASE = 36
/** After so many events a list begins anew: who wrote long ago is forgotten. */
const CONTINUED_MAX = 1_000

const digitsOf = (seq: number) => seq.toString(BASE).padStart(DIGITS_SENT, '0').slice(-DIGITS_SENT)

/** Packs the lists for receivers who get all of them. `before`: what a list follows; `proof`: of the cursor at its last event. */
export function createListPacker(room: string) {
  let epoch: string | undefined
  let place: Packing = beginAfter(0)
  return (before: Cursor, proof: string, events: LiveEvents['events']): PackedList => {
    const { seq } = before
    if (before.epoch === epoch && seq === place.seq && place.count < CONTINUED_MAX)
      return [':+', room, digitsOf(seq) + proof, ...packEvents(place, events)]
    epoch = before.epoch
    place = beginAfter(seq)
    return ['room:+', room, `${epoch.slice(0, EPOCH_SENT)}${proof}.${seq}`, ...packEvents(place, events)]
  }
}

/** Where no client is: an empty list there makes it open the room again. */
const NOWHERE = { epoch: '', seq: -1 }

/** Reads the lists of one connection. One that can't be read says that the room starts over. */
export function createListReader() {
  const rooms = new Map<string, { epoch: string; place: Unpacking }>()
  return (...[event, room, head, ...packed]: PackedList): LiveEvents => {
    const begins = event === 'room:+'
    const [start = '', seq] = head.split('.')
    if (begins) rooms.set(room, { epoch: start.slice(0, EPOCH_SENT), place: beginAfter(Number(seq)) })
    const { epoch, place } = rooms.get(room) ?? { epoch: '', place: null }
    if (place && (begins || head.startsWith(digitsOf(place.seq)))) {
      const before = { epoch, seq: place.seq }
      const events = unpackEvents(place, packed)
      const proof = start.slice(begins ? EPOCH_SENT : DIGITS_SENT)
      if (events.every(({ by }) => by)) return { room, before, events, proof }
    }
    rooms.delete(room)
    return { room, before: NOWHERE, events: [] }
  }
}
