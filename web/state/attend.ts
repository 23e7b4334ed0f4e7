// Loads what calls for attention: whenever nobody looks, or at once when somebody here has chosen something of it.
import type { App } from './app.ts'

/** What this browser does when somebody calls. Nothing is chosen where it is absent. */
export const ATTENTION_KEY = 'taifas:attention'

export function attend(app: App, browser: Storage): void {
  const load = () => void import('./attention.ts').then(({ start }) => start(app)).catch(() => {})
  addEventListener('blur', load)
  if (browser.getItem(ATTENTION_KEY) || globalThis.Notification?.permission === 'granted') load()
}
