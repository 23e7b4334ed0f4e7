// Loads what calls for attention: when nobody looks for the first time, or at once when somebody has chosen something of it.
import { effect } from '@preact/signals'
import { roomTitle } from '../components/app-context.ts'
import { firstLine } from '../formatting/first-line.ts'
import type { App } from './app.ts'
import type { AttentionDeps } from './attention.ts'

/** What this browser does when somebody calls. Nothing is chosen where it is absent. */
export const ATTENTION_KEY = 'taifas:attention'

/** As long as the page lives, for whoever is signed in. */
export function attend(app: App, browser: Storage): void {
  const deps: AttentionDeps = { app, roomTitle, firstLine }
  let stop: (() => void) | undefined

  async function load() {
    const chat = app.chat.peek()
    if (!chat || stop) return
    stop = () => {}
    const { callForAttention } = await import('./attention.ts')
    if (app.chat.peek() === chat) stop = callForAttention(chat, deps)
  }

  const loadNow = () => void load().catch(() => {})
  addEventListener('blur', loadNow)
  effect(() => {
    stop?.()
    stop = undefined
    const isChosen = browser.getItem(ATTENTION_KEY) ?? globalThis.Notification?.permission === 'granted'
    if (app.chat.value && isChosen) loadNow()
  })
}
