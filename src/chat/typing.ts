// Who is typing, as far as this instance's own clients were told. It ends by itself when nobody says it again: a word that says
// so may be lost with the connection or the instance it would have come from.
import { TYPING_FADES_AFTER_MS, type Present } from '../contract.ts'
import type { Cancel, Clock } from '../clock.ts'

/** Said more often than this by one connection, it is told once. */
export const TYPING_TOLD_EVERY_MS = 1_000

/** `onFade`: who was said to type has not said so again for too long. */
export function createTypists({ clock, onFade }: { clock: Clock; onFade(who: Present): void }) {
  const typists = new Map<string, { who: Present; cancel: Cancel }>()

  function end(key: string): boolean {
    typists.get(key)?.cancel()
    return typists.delete(key)
  }

  return {
    /** Somebody types, still or now. Whether that is news. */
    begin(who: Present): boolean {
      const isNews = !end(who.key)
      const cancel = clock.after(TYPING_FADES_AFTER_MS, () => {
        typists.delete(who.key)
        onFade(who)
      })
      typists.set(who.key, { who, cancel })
      return isNews
    },

    /** It is over, because they say so or have gone. Whether that is news. */
    end,

    /** Those of this name: a message says who said it, and no key. */
    called: (name: string): Present[] =>
      [...typists.values()].filter(({ who }) => who.name === name).map(({ who }) => who)
  }
}

/** Remembers what each connection said of its typing, so that a fast typist is told once a second. */
export function createTypingThrottle(clock: Clock) {
  const toldAt = new Map<string, number>()
  const placeOf = (connection: string, room: string) => `${room} ${connection}`
  return {
    /** Whether the others need to be told again. */
    isNews(connection: string, room: string, on: boolean): boolean {
      const place = placeOf(connection, room)
      if (!on) {
        toldAt.delete(place)
        return true
      }
      if (clock.now() - (toldAt.get(place) ?? -Infinity) < TYPING_TOLD_EVERY_MS) return false
      toldAt.set(place, clock.now())
      return true
    }
  }
}
