// The emoji that somebody used last, and the skin tone they chose, stored in this browser until they sign out.
import { signal } from '@preact/signals'

const RECENT_KEY = 'taifas:emoji-recent'
const TONE_KEY = 'taifas:emoji-tone'
const RECENT_MAX = 24

export const TONES = ['', '🏻', '🏼', '🏽', '🏾', '🏿'] as const

export function keepEmojiChoices(storage: Storage) {
  const recent = signal((storage.getItem(RECENT_KEY) ?? '').split(' ').filter(Boolean).slice(0, RECENT_MAX))
  const tone = signal(TONES.find((known) => known === storage.getItem(TONE_KEY)) ?? '')
  return {
    recent,
    tone,
    used(emoji: string) {
      recent.value = [emoji, ...recent.value.filter((other) => other !== emoji)].slice(0, RECENT_MAX)
      storage.setItem(RECENT_KEY, recent.value.join(' '))
    },
    chooseTone(next: string) {
      tone.value = TONES.find((known) => known === next) ?? ''
      storage.setItem(TONE_KEY, tone.value)
    },
    forget() {
      recent.value = []
      tone.value = ''
      for (const key of [RECENT_KEY, TONE_KEY]) storage.removeItem(key)
    }
  }
}
