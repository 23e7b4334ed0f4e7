import type { ReadonlySignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { ChatContext, useApp } from './app-context.ts'
import { EntryPage, Ways } from './parts-before-chat.ts'
import { SignIn } from './SignIn.tsx'
import { Toasts } from './Toasts.tsx'

/** The sign-in form, or the chat. Its `screen` is loaded before the chat opens. */
export function App({ screen }: { screen: ReadonlySignal<ComponentType | null> }) {
  const { entryLink, ...app } = useApp()
  const chat = app.chat.value
  const link = entryLink.value
  const Screen = screen.value
  const Entry = link && ['invitation', 'owner'].includes(link.kind) ? EntryPage : Ways
  return (
    <>
      {link ? (
        <Entry key={link.code} link={link} onClose={() => (entryLink.value = null)} />
      ) : chat && Screen ? (
        <ChatContext.Provider value={chat}>
          <Screen key={chat.me.value.id} />
        </ChatContext.Provider>
      ) : (
        <SignIn />
      )}
      <Toasts />
    </>
  )
}
