// Mounts the page, and tells the state what only a browser knows: visibility, network, address, title.
import { effect, untracked } from '@preact/signals'
import { render } from 'preact'
import { LOBBY } from '../src/contract.ts'
import { App } from './components/App.tsx'
import { AppContext, roomTitle } from './components/app-context.ts'
import { openApp } from './state/app.ts'

const app = openApp({
  browser: localStorage,
  tab: sessionStorage,
  fetch: window.fetch.bind(window),
  languages: navigator.languages,
  wear: (theme) => (document.documentElement.dataset['theme'] = theme)
})

const roomOfAddress = () => {
  const id = decodeURIComponent(location.hash.replace(/^#\/?/, ''))
  return id === '' ? LOBBY : id
}

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
})

await app.begin()
render(
  <AppContext.Provider value={app}>
    <App />
  </AppContext.Provider>,
  document.querySelector('#app')!
)
