// Why the person can't write in a room just now. The server decides; the page says so before somebody tries, and when it is over.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { Person, Room } from '../../src/contract.ts'
import { withEntry, withoutEntry } from '../engine/entries.ts'

export interface Hindrance {
  reason: 'muted' | 'room-closed' | 'read-only' | 'slow-mode'
  /** When it is over, by this device; absent: not by itself. */
  until?: number | undefined
  /** What a moderator gave as the reason. */
  why?: string | undefined
}

/** Browsers take a longer time for none. */
const TIMER_MAX_MS = 2 ** 31 - 1
/** The mute, beside the rooms in slow mode. */
const MUTE = ''

export function trackWriting(me: ReadonlySignal<Person>) {
  /** By room, or `MUTE`. */
  const waits = signal<ReadonlyMap<string, Hindrance>>(new Map())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function wait(place: string, hindrance: Hindrance, ms?: number) {
    clearTimeout(timers.get(place))
    waits.value = withEntry(waits.value, place, ms === undefined ? hindrance : { ...hindrance, until: Date.now() + ms })
    if (ms !== undefined && ms <= TIMER_MAX_MS) timers.set(place, setTimeout(over, ms, place))
  }

  function over(place: string) {
    clearTimeout(timers.get(place))
    waits.value = withoutEntry(waits.value, place)
  }

  return {
    /** As the server states it of this person. */
    muted(muted: Person['muted']) {
      if (muted) wait(MUTE, { reason: 'muted', why: muted.why }, muted.forMs)
      else if (waits.value.has(MUTE)) over(MUTE)
    },
    /** In slow mode: the next message of this person can follow after that time. */
    slowed: (room: string, ms: number) => wait(room, { reason: 'slow-mode' }, ms),
    hindrance({ id, by, archived, readOnly, slowSeconds }: Room): Hindrance | null {
      const mute = waits.value.get(MUTE)
      if (mute) return mute
      if (archived) return { reason: 'room-closed' }
      if (me.value.moderator || by === me.value.id) return null
      return readOnly ? { reason: 'read-only' } : (slowSeconds && waits.value.get(id)) || null
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
}
