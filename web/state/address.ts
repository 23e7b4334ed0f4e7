// What the address names: a room, or one of its messages. An entry of the browser's history also remembers the row that led away from it.
import { LOBBY } from '../../src/contract.ts'

export interface RowPlace {
  message: string
  /** Pixels below the upper edge of the list. In the middle when left out. */
  top?: number
}

export const linkTo = (room: string, message: string) => `#/${room}/${message}`

/** The server does not know a room whose id is malformed. */
export function addressed(): { room: string; place: RowPlace | undefined } {
  const [room, message] = location.hash.replace(/^#\/?/, '').split('/')
  const left = (history.state as { left?: RowPlace } | null)?.left
  return { room: room || LOBBY, place: left ?? (message ? { message } : undefined) }
}

/** Whether the entry of the history is one that was made for what covers the room. */
export const isCover = () => (history.state as { covered?: true } | null)?.covered === true

/** Going back leads to this row again. */
export const rememberRow = (left: RowPlace) => history.replaceState({ left }, '')

/** The message is shown. A reload stays at what is read by then, and the same link leads to the message again. */
export const forgetMessage = (room: string) => history.replaceState(null, '', `#/${room}`)
