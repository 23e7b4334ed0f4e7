// Mounts the page, and connects the state with the browser: visibility, network, address, title.
import { effect, signal } from '@preact/signals'
import { render, type ComponentType } from 'preact'
import { App } from './components/App.tsx'
import { AppContext, roomTitle } from './components/app-context.ts'
import { entryLinkIn } from './state/entry-link.ts'
import { openApp } from './state/app.ts'
import { loadChatTexts } from './state/i18n.ts'
import { renewDaily } from './engine/session-client.ts'
import type { Theme } from './state/theme.ts'
import { keepFocus } from './components/keep-focus.ts'
import { memoryStorage, usable } from './engine/storage.ts'

// Loads while the person chooses a name. Null if it cannot be loaded, which the sign-in form then shows.
const inside = import('./inside.ts').catch(() => null)
const screen = signal<ComponentType | null>(null)

const tab = usable(() => sessionStorage)
const storage = tab ?? memoryStorage()

const browser = usable(() => localStorage) ?? memoryStorage()

const app = openApp({
  browser,
  tab: storage,
  async openChat(person, session) {
    const parts = await inside
    if (!parts) return null
    screen.value = parts.ChatScreen
    const outbox = parts.chooseOutbox(person.id, { indexedDB: database(), locks: navigator.locks, tab })
    const chat = parts.openChat(person, { ...session, storage, browser, outbox, indexedDB: database() })
    parts.keepWorker(chat)
    return chat
  },
  fetch: window.fetch.bind(window),
  languages: navigator.languages,
  wear
})

/** The page in this theme, and the browser around it. */
function wear(theme: Theme) {
  document.documentElement.dataset['theme'] = theme
  for (const color of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const { scheme } = color.dataset
    color.media = theme === 'auto' ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? 'all' : 'not all'
  }
}

/** Some browsers throw when this property is read. */
function database(): IDBFactory | undefined {
  try {
    return indexedDB
  } catch {
    return undefined
  }
}

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

// A page that opens without a network gets no event of it.
effect(() => {
  if (!navigator.onLine) app.chat.value?.connection.networkLost()
})
addEventListener('online', () => app.chat.value?.connection.retryNow())
addEventListener('offline', () => app.chat.value?.connection.networkLost())
addEventListener('pagehide', () => {
  app.chat.value?.drafts.flush()
  app.chat.value?.copies.flush()
  app.chat.value?.bye()
})
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) app.chat.value?.connection.retryNow()
})
document.addEventListener('visibilitychange', () => {
  const looking = document.visibilityState === 'visible'
  app.chat.value?.rooms.look({ looking })
  if (!looking) app.chat.value?.drafts.flush()
  if (looking) app.chat.value?.connection.retryNow()
  if (looking) app.chat.value?.touched()
})
for (const sign of ['focus', 'blur'])
  addEventListener(sign, () => app.chat.value?.rooms.look({ focused: sign === 'focus' }))
for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])
  addEventListener(sign, () => app.chat.value?.touched(), { passive: true })

void inside.then((parts) => parts?.attend(app, browser))

const readLink = () => (app.entryLink.value = entryLinkIn(location.hash))
readLink()
addEventListener('hashchange', readLink)

renewDaily(app.session.token)
keepFocus()

// Anyone who returns in this tab sees the chat at once, without the sign-in form. The texts load first, so that no text changes on the
// screen.
const beginning = app.session.begin()
const speaking = app.i18n.begin()
// Loads while the person chooses a name, and again if that fails.
app.i18n.add(loadChatTexts).catch(() => {})
await Promise.all([speaking, app.opening()])
render(
  <AppContext.Provider value={app}>
    <App screen={screen} />
  </AppContext.Provider>,
  document.querySelector('#app')!
)
await beginning
