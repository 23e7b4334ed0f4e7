// The page as a whole, without a page: who has come in gets a chat, as soon as its code is there.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { openApp } from './app.ts'
import { openChat, type Chat } from './chat.ts'
import { mapStorage } from './page.fixture.ts'

let server: TestServer
/** All that were opened. */
let chats: Chat[] = []

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  for (const chat of chats) chat.close()
  chats = []
  await server.stop()
})

/** What pages of one browser share: the cookie. */
function openBrowser() {
  let cookie = ''
  return async (path: string, init?: RequestInit) => {
    const headers = { ...(init?.headers as Record<string, string>), origin: server.url, ...(cookie && { cookie }) }
    const answer = await globalThis.fetch(`${server.url}${path}`, { ...init, headers })
    for (const set of answer.headers.getSetCookie()) cookie = set.split(';')[0] ?? ''
    return answer
  }
}

/** A page whose code for the chat comes when it is told to, or not at all. */
function openPage(fetch = (path: string, init?: RequestInit) => globalThis.fetch(`${server.url}${path}`, init)) {
  const { promise: code, resolve: arrive } = Promise.withResolvers<boolean>()
  const storage = mapStorage()
  const app = openApp({
    browser: mapStorage(),
    tab: storage,
    async openChat(person, session) {
      if (!(await code)) return null
      const chat = openChat(person, { ...session, storage, address: server.url })
      chats.push(chat)
      return chat
    },
    fetch: (path, init) => fetch(path as string, init),
    languages: ['en'],
    wear: () => {}
  })
  return { app, arrive }
}

test('who comes in before the code of the chat is there is in, once, when it is', async () => {
  const { app, arrive } = openPage()
  await app.session.signIn('Ana')
  await app.rename('Anamaria')
  expect(app.chat.value).toBeNull()
  arrive(true)
  await expect.poll(() => app.chat.value?.connection.hello.value?.person.name).toBe('Anamaria')
  expect(chats).toHaveLength(1)
})

test('a chat whose person has left meanwhile is opened for nobody, and the next one is their own', async () => {
  const { app, arrive } = openPage()
  await app.session.signIn('Ana')
  await app.signOut()
  await app.session.signIn('Bo')
  arrive(true)
  await expect.poll(() => app.chat.value?.connection.hello.value?.person.name).toBe('Bo')
  expect(chats.map(({ connection }) => connection.online.value)).toEqual([false, true])
})

test('without the code of the chat, the sign-in form says that the chat is unavailable', async () => {
  const { app, arrive } = openPage()
  arrive(false)
  await app.session.signIn('Ana')
  await expect.poll(() => app.shut.value).toBe(true)
  expect(app.chat.value).toBeNull()
})

test('a new name in one tab is the new name in the other tab of the same person, which stays signed in', async () => {
  const fetch = openBrowser()
  const [here, there] = [openPage(fetch), openPage(fetch)]
  here.arrive(true)
  there.arrive(true)
  await here.app.session.signIn('Ana')
  await there.app.session.begin()
  there.app.session.proceed()
  const nameIn = ({ app }: typeof here) => app.chat.value?.connection.hello.value?.person.name
  await expect.poll(() => nameIn(there)).toBe('Ana')
  await here.app.rename('Anamaria')
  for (const page of [here, there]) await expect.poll(() => nameIn(page), { timeout: 8_000 }).toBe('Anamaria')
  expect(there.app.session.ended.value).toBeNull()
})

test('a session that ends ends it in every tab, also when the browser remembers another person', async () => {
  const fetch = openBrowser()
  const [here, there] = [openPage(fetch), openPage(fetch)]
  there.arrive(true)
  await here.app.session.signIn('Ana')
  await there.app.session.begin()
  there.app.session.proceed()
  await expect.poll(() => there.app.chat.value?.connection.online.value).toBe(true)
  await here.app.signOut()
  await here.app.session.signIn('Bo')
  await expect.poll(() => there.app.session.ended.value).toBe('sign-in')
  expect([there.app.session.person.value, there.app.session.offered.value]).toEqual([null, null])
})
