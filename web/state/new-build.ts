// Keeps the service worker (../worker.ts), and applies a newer build: when the person says so, or while nobody sees the page and
// nothing is written in it.
import { effect, signal } from '@preact/signals'
import type { Chat } from './chat.ts'
import { registerWorker } from './worker-script.ts'

declare const __DEV__: boolean

const WORKER = '/sw.js'
/** After a deploy all pages connect at once. They ask for the new build within this time, not all at once. */
const UPDATE_WITHIN_MS = 60_000

/** This browser has stored a newer build, which the next load of the page shows. */
export const newBuild = signal(false)

/** Asks for a newer worker on every connection, because after a deploy there is a new one. Without workers, pages work as before. */
export function keepWorker(chat: Chat): void {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (__DEV__ || !container) return
  const update = async () => (await registerWorker('worker', WORKER)).update()
  effect(() => {
    // A private window may refuse workers; a missing server is asked again.
    const wait = container.controller ? Math.random() * UPDATE_WITHIN_MS : 0
    if (chat.connection.online.value) setTimeout(() => void update().catch(() => {}), wait)
  })
  const { connection, outbox } = chat
  const apply = () => {
    const isReady = newBuild.value && connection.online.value && outbox.items.value.length === 0
    if (isReady && document.hidden && !isWriting()) location.reload()
  }
  // Also when the connection returns, or the last message goes out, while nobody sees the page.
  effect(apply)
  document.addEventListener('visibilitychange', apply)
  container.addEventListener('controllerchange', () => void isOutdated().then((is) => (newBuild.value = is)))
}

function isWriting(): boolean {
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')]
  return fields.some(({ value }) => value !== '')
}

/** Whether the server's page names other files than this one. The first worker of all comes after its page. */
async function isOutdated(): Promise<boolean> {
  const own = [...document.querySelectorAll('script[type="module"], link[rel="stylesheet"]')]
  const answer = await fetch('/', { cache: 'no-cache' }).catch(() => null)
  if (!answer?.ok) return false
  const page = await answer.text()
  return own.some((one) => !page.includes(`"${one.getAttribute('src') ?? one.getAttribute('href')}"`))
}
