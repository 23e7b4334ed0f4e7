// The chat behind the sign-in form, as a bundle of its own. It loads while the person chooses a name; returning browsers have it cached.
import './style/chat.css'

// Named here, what the sign-in view has in common with later parts is in the chunk that all of them share.
export { SignIn } from './components/SignIn.tsx'
export { ChatScreen } from './components/ChatScreen.tsx'
export { attend } from './state/attend.ts'
export { openChat } from './state/chat.ts'
export { keepWorker } from './state/new-build.ts'
export { chooseOutbox } from './engine/outbox/shared.ts'
