import type { ReadonlySignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { ChatContext, useApp } from './app-context.ts'
import { SignIn } from './SignIn.tsx'
import { Toasts } from './Toasts.tsx'

/** The door, or the chat, whose `screen` is there before it is open. */
export function App({ screen }: { screen: ReadonlySignal<ComponentType | null> }) {
  const chat = useApp().chat.value
  const Screen = screen.value
  return (
    <>
      {chat && Screen ? (
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
