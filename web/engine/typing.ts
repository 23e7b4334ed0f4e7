// Who is typing, and telling others that I am. Neither trusts the other end to say when it is over.
import { signal, type ReadonlySignal } from '@preact/signals'
import { TYPING_FADES_AFTER_MS, type Present } from '../../src/contract.ts'
import { withEntry } from './entries.ts'

export type Typist = Pick<Present, 'key' | 'name' | 'guest'>

/** Half of what people are sent is this word, so it is said as seldom as its fading allows: a repeat may be two seconds under way. */
export const TYPING_SAID_EVERY_MS = 4_000
export const TYPING_QUIET_MS = 4_000

/** Others' typing, by room. */
export function hearTyping(myKey: () => string) {
  const rooms = signal<ReadonlyMap<string, readonly Typist[]>>(new Map())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function stop(room: string, gone: (typist: Typist) => boolean) {
    const held = rooms.value.get(room) ?? []
    for (const typist of held.filter(gone)) clearTimeout(timers.get(`${room} ${typist.key}`))
    if (held.some(gone))
      rooms.value = withEntry(
        rooms.value,
        room,
        held.filter((typist) => !gone(typist))
      )
  }

  return {
    rooms: rooms as ReadonlySignal<ReadonlyMap<string, readonly Typist[]>>,

    changed({ room, who, on }: { room: string; who: Typist; on: boolean }) {
      if (who.key === myKey()) return
      if (!on) return stop(room, (typist) => typist.key === who.key)
      const held = rooms.value.get(room) ?? []
      if (!held.some((typist) => typist.key === who.key)) rooms.value = withEntry(rooms.value, room, [...held, who])
      const timer = `${room} ${who.key}`
      clearTimeout(timers.get(timer))
      timers.set(
        timer,
        setTimeout(() => stop(room, (typist) => typist.key === who.key), TYPING_FADES_AFTER_MS)
      )
    },

    left: (room: string, keys: readonly string[]) => stop(room, (typist) => keys.includes(typist.key)),

    /** A message names its author by id or claim, a typist by key: the name is what both have. */
    spoke: (room: string, name: string) => stop(room, (typist) => typist.name === name),

    clear() {
      for (const timer of timers.values()) clearTimeout(timer)
      rooms.value = new Map()
    }
  }
}

/** My typing: said at once, repeated while it goes on, taken back when the text is sent, emptied or left alone. */
export function sayTyping(say: (room: string, on: boolean) => void) {
  let room: string | null = null
  let typedSince = false
  let quiet: ReturnType<typeof setTimeout> | undefined
  let repeat: ReturnType<typeof setInterval> | undefined

  function stop() {
    clearTimeout(quiet)
    clearInterval(repeat)
    if (room !== null) say(room, false)
    room = null
  }

  function start(where: string) {
    room = where
    say(where, true)
    // By a timer: a slow typist's next key may come after it has faded.
    repeat = setInterval(() => {
      if (typedSince) say(where, true)
      typedSince = false
    }, TYPING_SAID_EVERY_MS)
  }

  return {
    typed(where: string, text: string) {
      if (text.trim() === '' || (room !== null && room !== where)) stop()
      if (text.trim() === '') return
      typedSince = room !== null
      if (room === null) start(where)
      clearTimeout(quiet)
      quiet = setTimeout(stop, TYPING_QUIET_MS)
    },
    stop
  }
}
