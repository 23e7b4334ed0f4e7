// Mounts the page, and tells the state what only a browser knows: visibility, network, address, title.
import { effect, untracked } from '@preact/signals'
import { render } from 'preact'
import { LOBBY } from '../src/contract.ts'
import { App } from './components/App.tsx'
import { AppContext, roomTitle } from './components/app-context.ts'
import { openApp } from './state/app.ts'
import { chooseOutbox } from './state/outbox-choice.ts'
import { memoryStorage, usable } from './state/storage.ts'

const tab = usable(() => sessionStorage)

const app = openApp({
  browser: usable(() => localStorage) ?? memoryStorage(),
  tab: tab ?? memoryStorage(),
  outboxOf: (person) => chooseOutbox(person, { indexedDB: database(), locks: navigator.locks, tab }),
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

// Whoever comes back in this tab is there at once; the words come first, so that none changes under the eyes.
const beginning = app.session.begin()
await app.i18n.begin()
render(
  <AppContext.Provider value={app}>
    <App />
  </AppContext.Provider>,
  document.querySelector('#app')!
)
await beginning
