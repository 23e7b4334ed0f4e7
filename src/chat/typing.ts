// Who is typing, as this instance's own clients know it. It ends by itself when it is not repeated, because the event that ends it
// may be lost with its connection or instance.
import { TYPING_FADES_AFTER_MS, type Present } from '../contract.ts'
import type { Cancel, Clock } from '../clock.ts'

/** More frequent events of one connection are sent once in this time. */
export const TYPING_SENT_EVERY_MS = 1_000
/** To other instances they are sent once in this time: less than two repeats of a page. */
export const TYPING_SENT_FAR_EVERY_MS = 7_000
/** There they are repeated once after this time, so that they fade a second after the next would have come. */
const TYPING_REPEATED_AFTER_MS = 3_000
/** Typing that nobody ends fades by then at other instances. */
export const TYPING_FADES_FAR_AFTER_MS = TYPING_REPEATED_AFTER_MS + TYPING_FADES_AFTER_MS

/** `onFade` is called for a person who has not repeated it for too long. */
export function createTypists({ clock, onFade }: { clock: Clock; onFade(who: Present): void }) {
  const typists = new Map<string, { who: Present; cancel: Cancel }>()

  function end(key: string): boolean {
    typists.get(key)?.cancel()
    return typists.delete(key)
  }

  return {
    /** Somebody types. Returns whether that is news. */
    begin(who: Present): boolean {
      const isNews = !end(who.key)
      const cancel = clock.after(TYPING_FADES_AFTER_MS, () => {
        typists.delete(who.key)
        onFade(who)
      })
      typists.set(who.key, { who, cancel })
      return isNews
    },

    /** They have stopped or left. Returns whether that is news. */
    end,

    /** Those of this name: a message names its author, without a key. */
    called: (name: string): Present[] =>
      [...typists.values()].filter(({ who }) => who.name === name).map(({ who }) => who)
  }
}

/** For whom a typing event is news. */
export type TypingNews = 'nobody' | 'here' | 'everywhere'

/** Remembers the typing of each connection, so that a fast typist's is sent once a second, and to other instances more rarely. */
export function createTypingThrottle(clock: Clock) {
  const sentAt = new Map<string, Record<'here' | 'everywhere', number>>()
  const placeOf = (connection: string, room: string) => `${room} ${connection}`
  return {
    newsFor(connection: string, room: string, on: boolean): TypingNews {
      const place = placeOf(connection, room)
      const now = clock.now()
      const { here = -Infinity, everywhere = -Infinity } = sentAt.get(place) ?? {}
      if (!on) sentAt.delete(place)
      if (!on) return 'everywhere'
      if (now - here < TYPING_SENT_EVERY_MS) return 'nobody'
      const isFar = now - everywhere >= TYPING_SENT_FAR_EVERY_MS
      sentAt.set(place, { here: now, everywhere: isFar ? now : everywhere })
      return isFar ? 'everywhere' : 'here'
    }
  }
}

/** Repeats typing from another instance for the clients here, to whom it fades sooner than it is sent again. */
export function createTypingRepeats({ clock, repeat }: { clock: Clock; repeat(room: string, who: Present): void }) {
  const timers = new Map<string, { room: string; name: string; cancel: Cancel }>()
  const placeOf = (room: string, key: string) => `${room} ${key}`

  function end(room: string, key: string) {
    timers.get(placeOf(room, key))?.cancel()
    timers.delete(placeOf(room, key))
  }

  return {
    begin(room: string, who: Present) {
      end(room, who.key)
      const cancel = clock.after(TYPING_REPEATED_AFTER_MS, () => {
        end(room, who.key)
        repeat(room, who)
      })
      timers.set(placeOf(room, who.key), { room, name: who.name, cancel })
    },
    end,
    /** A message ends the typing of all who have its author's name. */
    posted(room: string, name: string) {
      for (const [place, one] of timers)
        if (one.room === room && one.name === name) {
          one.cancel()
          timers.delete(place)
        }
    }
  }
}
