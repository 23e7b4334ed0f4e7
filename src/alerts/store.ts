// What people want to be notified of: fields of each person, by their names. Each change is one step, and later changes win.

/** `level:<room>`, `quiet`, `hide`, and `push:<endpoint>` with the keys of a device as JSON. */
export type Field = readonly [name: string, value: string | null]

/** Fields of one person, so that nobody can fill the store. */
export const FIELDS_MAX = 1_200
export const DEVICE = 'push:'
/** A field of a room, and the value that has the person listed in `wantAll`. */
export const levelField = (room: string) => `level:${room}`
export const ALL = 'all'

export interface AlertsStore {
  /** The fields of each of these people. @throws StoreUnavailable */
  fields(people: readonly string[]): Promise<ReadonlyMap<string, string>[]>
  /** Sets fields, or removes them with null. @throws StoreUnavailable */
  set(person: string, fields: readonly Field[]): Promise<void>
  /** People who want every message of the room. @throws StoreUnavailable */
  wantAll(room: string): Promise<string[]>
  /** People with a device. @throws StoreUnavailable */
  withDevices(): Promise<string[]>
  /** A value of the whole chat: the stored one, or this one, which is stored then. @throws StoreUnavailable */
  once(name: string, value: string): Promise<string>
  /** The person has left for good. @throws StoreUnavailable */
  remove(person: string): Promise<void>
}
