// What is behind the door, in a file of its own: it comes while somebody chooses a name, and whoever was here before has it already.
export { ChatScreen } from './components/ChatScreen.tsx'
export { openChat } from './state/chat.ts'
export { chooseOutbox } from './engine/outbox/shared.ts'
