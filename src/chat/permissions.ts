import { LOBBY } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Caller } from './announcement.ts'
import type { Hub } from './hub.ts'

/** Guests may enter the lobby only. @throws ChatError sign-in */
export function requireAccess({ person }: Caller, room: string): void {
  if (!person && room !== LOBBY) throw new ChatError('sign-in')
}

/** Whether the caller moderates the chat, or created the room. @throws ChatError no-room; StoreUnavailable */
export async function moderates({ directory }: Hub, { person }: Caller, room: string): Promise<boolean> {
  if (!person) return false
  return person.moderator || (await directory.find(room)).by === person.id
}
