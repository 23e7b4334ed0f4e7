// Everything the page is made of, put together once. A chat exists while somebody is signed in, and belongs to that person alone.
import { effect, signal, untracked } from '@preact/signals'
import type { Person } from '../../src/contract.ts'
import type { Chat, ChatDeps } from './chat.ts'
import { loadChatTexts, openI18n } from './i18n.ts'
import { openSession } from '../engine/session.ts'
import type { EntryLink } from './entry-link.ts'
import { keepTheme, type Theme } from './theme.ts'
import { keepToasts } from './toasts.ts'

export interface AppDeps {
  /** Stored for the browser: theme, language. */
  browser: Storage
  /** For the tab: who it is, and its places. */
  tab: Storage
  /** Opens the chat of who has come in; its code may still be on its way. Null when that can't be had. */
  openChat(person: Person, session: Pick<ChatDeps, 'token' | 'ended'>): Promise<Chat | null>
  fetch: typeof globalThis.fetch
  languages: readonly string[]
  wear(theme: Theme): void
}

export type App = ReturnType<typeof openApp>

export function openApp({ browser, tab, openChat, fetch, languages, wear }: AppDeps) {
  const session = openSession({ storage: tab, browser, fetch })
  const chat = signal<Chat | null>(null)
  /** The chat's code can't be had: only loading the page again can help. */
  const shut = signal(false)
  /** Whose chat is open, or about to be. */
  let whose: string | undefined
  let opening = Promise.resolve()
  const i18n = openI18n(browser, languages)

  effect(() => {
    const person = session.person.value
    untracked(() => {
      if (person?.id === whose) return
      whose = person?.id
      chat.value?.close()
      chat.value = null
      if (person) opening = goIn(person)
    })
  })

  async function goIn(person: Person) {
    const texts = i18n.add(loadChatTexts).then(
      () => true,
      () => false
    )
    const loaded = await openChat(person, { token: session.token, ended: session.end })
    const opened = (await texts) ? loaded : null
    if (whose === person.id) {
      opened?.start()
      await opened?.drafts.ready
    }
    if (whose !== person.id) return opened?.close()
    chat.value = opened
    shut.value = opened === null
  }

  return {
    session,
    chat,
    /** Resolves once the chat of who is signed in is open, or shut; at once when nobody is. */
    opening: () => opening,
    shut,
    /** The link that the page was opened with, until it is used or left. */
    entryLink: signal<EntryLink | null>(null),
    i18n,
    theme: keepTheme(browser, wear),
    toasts: keepToasts(),
    /** Leaves for good, and leaves nothing behind but, if the person says so, what is not sent. */
    async signOut(unsent: { keep: boolean } = { keep: false }) {
      chat.value?.forget(unsent)
      await session.signOut()
    },
    async rename(name: string) {
      const result = await session.rename(name)
      // The connection learns the new name at its next handshake.
      if (result.ok) chat.value?.connection.reconnect()
      return result
    }
  }
}
