// Mounts the page, and tells the state what only a browser knows: visibility, network, address, title.
import { effect, signal, untracked } from '@preact/signals'
import { render, type ComponentType } from 'preact'
import { LOBBY } from '../src/contract.ts'
import { App } from './components/App.tsx'
import { AppContext, roomTitle } from './components/app-context.ts'
import { openApp } from './state/app.ts'
import { memoryStorage, usable } from './engine/storage.ts'

// On its way from the first moment. Null when it can't be had, which is told to those who want to go in.
const inside = import('./inside.ts').catch(() => null)
const screen = signal<ComponentType | null>(null)

const tab = usable(() => sessionStorage)
const storage = tab ?? memoryStorage()

const app = openApp({
  browser: usable(() => localStorage) ?? memoryStorage(),
  tab: storage,
  async openChat(person, session) {
    const parts = await inside
    if (!parts) return null
    screen.value = parts.ChatScreen
    const outbox = parts.chooseOutbox(person.id, { indexedDB: database(), locks: navigator.locks, tab })
    return parts.openChat(person, { ...session, storage, outbox })
  },
  fetch: window.fetch.bind(window),
  languages: navigator.languages,
  wear: (theme) => (document.documentElement.dataset['theme'] = theme)
})

/** Some browsers refuse even to be asked. */
function database(): IDBFactory | undefined {
  try {
    return indexedDB
  } catch {
    return undefined
  }
}

/** The room that the address names; what can't be a name is one that the server doesn't know. */
const roomOfAddress = () => location.hash.replace(/^#\/?/, '') || LOBBY

effect(() => {
  const chat = app.chat.value
  if (chat) untracked(() => chat.rooms.show(roomOfAddress()))
})
effect(() => {
  document.documentElement.lang = app.i18n.language.value
})
effect(() => {
  const chat = app.chat.value
  const room = chat?.rooms.room.value
  const title = room ? `${roomTitle(app, room.room.value)} · Taifas` : 'Taifas'
  const n = chat?.rooms.unreadInAll.value ?? 0
  document.title = n > 0 ? app.i18n.t('common.pageUnread', { n, title }) : title
})

addEventListener('hashchange', () => app.chat.value?.rooms.show(roomOfAddress()))
addEventListener('online', () => app.chat.value?.connection.retryNow())
addEventListener('offline', () => app.chat.value?.connection.networkLost())
addEventListener('pagehide', () => app.chat.value?.bye())
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) app.chat.value?.connection.retryNow()
})
document.addEventListener('visibilitychange', () => {
  const looking = document.visibilityState === 'visible'
  app.chat.value?.rooms.look({ looking })
  if (looking) app.chat.value?.connection.retryNow()
  if (looking) app.chat.value?.touched()
})
for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])
  addEventListener(sign, () => app.chat.value?.touched(), { passive: true })

// Whoever comes back in this tab is there at once, and not at the door; the words come first, so that none changes under the eyes.
const beginning = app.session.begin()
await Promise.all([app.i18n.begin(), app.opening()])
render(
  <AppContext.Provider value={app}>
    <App screen={screen} />
  </AppContext.Provider>,
  document.querySelector('#app')!
)
await beginning
