// Everything the page is made of, put together once. A chat exists while somebody is signed in, and belongs to that person alone.
import { effect, signal, untracked } from '@preact/signals'
import { openChat, type Chat } from './chat.ts'
import { openI18n } from './i18n.ts'
import type { KeptOutbox } from './outbox-choice.ts'
import { openSession } from './session.ts'
import { keepTheme, type Theme } from './theme.ts'
import { keepToasts } from './toasts.ts'

export interface AppDoors {
  /** Kept for the browser: theme, language. */
  browser: Storage
  /** Kept for the tab: who it is, its drafts and places. */
  tab: Storage
  /** Where what this person said and nobody has confirmed is kept. */
  outboxOf(person: string): KeptOutbox
  fetch: typeof globalThis.fetch
  languages: readonly string[]
  wear(theme: Theme): void
}

export type App = ReturnType<typeof openApp>

export function openApp({ browser, tab, outboxOf, fetch, languages, wear }: AppDoors) {
  const session = openSession({ storage: tab, fetch })
  const chat = signal<Chat | null>(null)
  const i18n = openI18n(browser, languages)

  effect(() => {
    const person = session.person.value
    untracked(() => {
      if (chat.value?.me.value.id === person?.id) return
      chat.value?.close()
      chat.value = person
        ? openChat(person, { token: session.token, storage: tab, outbox: outboxOf(person.id), ended: session.end })
        : null
      chat.value?.start()
    })
  })

  return {
    session,
    chat,
    i18n,
    theme: keepTheme(browser, wear),
    toasts: keepToasts(),
    /** Leaves for good, and leaves nothing behind. */
    async signOut() {
      chat.value?.outbox.forget()
      await session.signOut()
    },
    async rename(name: string) {
      const result = await session.rename(name)
      // The connection learns the new name at its next handshake.
      if (result.ok) chat.value?.connection.again()
      return result
    }
  }
}
