import { ChatContext, useApp } from './app-context.ts'
import { ChatScreen } from './ChatScreen.tsx'
import { SignIn } from './SignIn.tsx'
import { Toasts } from './Toasts.tsx'

/** The door, or the chat. */
export function App() {
  const chat = useApp().chat.value
  return (
    <>
      {chat ? (
        <ChatContext.Provider value={chat}>
          <ChatScreen key={chat.me.value.id} />
        </ChatContext.Provider>
      ) : (
        <SignIn />
      )}
      <Toasts />
    </>
  )
}
