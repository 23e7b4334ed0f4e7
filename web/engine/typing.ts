// Who is typing, and announcing that this person is. Both end by a timer, because the event that ends it may be lost.
import { signal, type ReadonlySignal } from '@preact/signals'
import { TYPING_FADES_AFTER_MS, isBlank, type Present } from '../../src/contract.ts'
import { withEntry } from './entries.ts'

export type Typist = Pick<Present, 'key' | 'name' | 'guest'>

/** Typing is half of all events that people receive, so it is repeated as rarely as its fading allows: a repeat may take two seconds. */
export const TYPING_REPEAT_MS = 4_000
export const TYPING_QUIET_MS = 4_000

/** Who types, by room. */
export function trackTypists(myKey: () => string) {
  const rooms = signal<ReadonlyMap<string, readonly Typist[]>>(new Map())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function stop(room: string, isGone: (typist: Typist) => boolean) {
    const typing = rooms.value.get(room) ?? []
    for (const typist of typing.filter(isGone)) clearTimeout(timers.get(`${room} ${typist.key}`))
    if (typing.some(isGone))
      rooms.value = withEntry(
        rooms.value,
        room,
        typing.filter((typist) => !isGone(typist))
      )
  }

  return {
    rooms: rooms as ReadonlySignal<ReadonlyMap<string, readonly Typist[]>>,

    changed({ room, who, on }: { room: string; who: Typist; on: boolean }) {
      if (who.key === myKey()) return
      if (!on) return stop(room, (typist) => typist.key === who.key)
      const typing = rooms.value.get(room) ?? []
      if (!typing.some((typist) => typist.key === who.key)) rooms.value = withEntry(rooms.value, room, [...typing, who])
      const timer = `${room} ${who.key}`
      clearTimeout(timers.get(timer))
      timers.set(
        timer,
        setTimeout(() => stop(room, (typist) => typist.key === who.key), TYPING_FADES_AFTER_MS)
      )
    },

    left: (room: string, keys: readonly string[]) => stop(room, (typist) => keys.includes(typist.key)),

    /** A message names its author by id, a typing event by key. Both have the name. */
    posted: (room: string, name: string) => stop(room, (typist) => typist.name === name),

    clear() {
      for (const timer of timers.values()) clearTimeout(timer)
      rooms.value = new Map()
    }
  }
}

/**
 * Announces this person's typing at once, repeats it, and ends it when the text is emptied or left alone. A sent message ends it by
 * itself.
 */
export function announceTyping(send: (room: string, on: boolean) => void) {
  let room: string | null = null
  let typedSince = false
  let quiet: ReturnType<typeof setTimeout> | undefined
  let repeat: ReturnType<typeof setInterval> | undefined

  /** For what was announced: it is sent. */
  function sent() {
    clearTimeout(quiet)
    clearInterval(repeat)
    room = null
  }

  function stop() {
    if (room !== null) send(room, false)
    sent()
  }

  function start(where: string) {
    room = where
    send(where, true)
    // By a timer: the next key of a slow typist may come after the fading.
    repeat = setInterval(() => {
      if (typedSince) send(where, true)
      typedSince = false
    }, TYPING_REPEAT_MS)
  }

  return {
    typed(where: string, text: string) {
      if (isBlank(text) || (room !== null && room !== where)) stop()
      if (isBlank(text)) return
      typedSince = room !== null
      if (room === null) start(where)
      clearTimeout(quiet)
      quiet = setTimeout(stop, TYPING_QUIET_MS)
    },
    sent
  }
}
