// Names of keys. Private rooms and direct conversations have keys of their own, so that an earlier build finds nothing of them.
import { isOpen } from '../../contract.ts'

const part = (room: string) => (isOpen(room) ? '' : 'hidden:')

/** The heads and the records of all rooms, open or hidden like this one. */
export const sharedKeys = (prefix: string, room: string) =>
  [`{${prefix}}:${part(room)}heads`, `{${prefix}}:${part(room)}rooms`] as const

export const headsKey = (prefix: string, room: string) => sharedKeys(prefix, room)[0]

/**
 * Fields of that hash which are no rooms: where other stores end, so that the command that reads heads shows what an instance has missed
 * of them, when settings of any room last changed, when the list of rooms, a title or an owner did, and when a message was last written to
 * the bus. The values look like heads, "- 0 <end>", because earlier builds read all fields as such.
 */
export const END_FIELDS = {
  table: '#table',
  revocations: '#revocations',
  settings: '#settings',
  rooms: '#rooms',
  bus: '#bus'
}

export const roomKey = (prefix: string, room: string, name: string) => `{${prefix}}:${part(room)}room:${room}:${name}`

/** Who is mentioned where: of all rooms, open or hidden like this one. */
export const mentionsKey = (prefix: string, room: string) => `{${prefix}}:${part(room)}mentions`

/** The hidden rooms of a person. */
export const hiddenOfKey = (prefix: string, person: string) => `{${prefix}}:hidden:of:${person}`

/** The records of the shared table (people/shared-table.ts): who is muted or banned, among others. */
export const sharedTableKey = (prefix: string) => `{${prefix}}:shared`
