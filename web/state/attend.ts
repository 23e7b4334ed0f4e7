// Loads what calls for attention: whenever nobody looks, and at once when somebody here has chosen something of it or may have elsewhere.
import { effect } from '@preact/signals'
import type { App } from './app.ts'

/** What this browser does when somebody calls. Nothing is chosen where it is absent. */
export const ATTENTION_KEY = 'taifas:attention'

export function attend(app: App, browser: Storage): void {
  const load = () => void import('./attention.ts').then(({ start }) => start(app)).catch(() => {})
  addEventListener('blur', load)
  if (browser.getItem(ATTENTION_KEY) || globalThis.Notification?.permission === 'granted') return load()
  // On a new device: what the person has chosen for a room decides what is listed and counted.
  effect(() => {
    const reading = app.chat.value?.rooms.reading
    if (reading && (reading.rooms.value.size > 1 || reading.unread.value.size > 0)) load()
  })
}
