// Who is typing, as this instance's own clients were told. It ends by itself when it is not repeated, because the event that ends it
// may be lost with its connection or instance.
import { TYPING_FADES_AFTER_MS, type Present } from '../contract.ts'
import type { Cancel, Clock } from '../clock.ts'

/** More frequent events of one connection are sent once in this time. */
export const TYPING_SENT_EVERY_MS = 1_000

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

/** Remembers the typing of each connection, so that a fast typist's is sent once a second. */
export function createTypingThrottle(clock: Clock) {
  const sentAt = new Map<string, number>()
  const placeOf = (connection: string, room: string) => `${room} ${connection}`
  return {
    /** Whether to send it to the others. */
    isNews(connection: string, room: string, on: boolean): boolean {
      const place = placeOf(connection, room)
      if (!on) {
        sentAt.delete(place)
        return true
      }
      if (clock.now() - (sentAt.get(place) ?? -Infinity) < TYPING_SENT_EVERY_MS) return false
      sentAt.set(place, clock.now())
      return true
    }
  }
}
