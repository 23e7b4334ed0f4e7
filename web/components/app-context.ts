// The contexts of all components: the app, and the chat of the person who is signed in.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { LOBBY, type Reason, type Room } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import type { App } from '../state/app.ts'
import type { Chat } from '../state/chat.ts'
import type { TextKey, Texts, Values } from '../state/i18n.ts'

export const AppContext = createContext<App | null>(null)
export const ChatContext = createContext<Chat | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('There is no app around this component')
  return app
}

export function useChat(): Chat {
  const chat = useContext(ChatContext)
  if (!chat) throw new Error('There is no chat around this component')
  return chat
}

/** The texts of the page's language; in a part of the page that `lazy` loads, also those `Own` to it. */
export const useTexts = <Own extends Texts>() => useApp().i18n.t as TextsWith<Own>
type TextsWith<Own> = (key: TextKey | (keyof Own & string), values?: Values) => string

/** A room's title for people: the lobby has one in every language, and a direct conversation is called by the others in it. */
export function roomTitle(app: App, { id, title, members }: Pick<Room, 'id' | 'title' | 'members'>): string {
  if (id === LOBBY) return app.i18n.t('rooms.lobby')
  const { i18n, session } = app
  const others = members?.filter((one) => one.id !== session.person.value?.id)
  return others ? i18n.tools.value.list.format(others.map(({ name }) => name || i18n.t('people.former'))) : title
}

/** A person’s name as it is now, or until that is known as in their newest message. */
export const presentNames =
  ({ me, nameOf }: Chat, room: OpenRoom | undefined) =>
  (person: string): string | undefined =>
    person === me.value.id ? me.value.name : (nameOf(person) ?? room?.nameOf(person))

/** Moves the focus to the text box. */
export const focusComposer = () => document.querySelector<HTMLElement>('.composer textarea')?.focus()

/** Whether the person moderates this room. */
export const moderates = ({ me }: Chat, { by }: Pick<Room, 'by'>) => me.value.moderator || by === me.value.id

/** The reason of a refusal. Those that only one part of the page meets are among the texts of that part. */
export const reasonText = (app: App, reason: Reason): string => app.i18n.t(`reason.${reason}` as TextKey)

/** The same as a complete sentence. */
export function sentence(app: App, reason: Reason): string {
  const text = reasonText(app, reason)
  return `${text[0]!.toLocaleUpperCase(app.i18n.language.value)}${text.slice(1)}.`
}
