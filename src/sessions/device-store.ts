// Where the sessions of people are listed: what a person sees as their devices. A session works without being listed; the list is how
// its person finds it and ends it.

/** A session is listed for this long after its last use: longer than any of its tokens lives. */
export const DEVICE_LASTS_MS = 31 * 86_400_000
/** Sessions of one person. A use of one more ends the one that was away longest. */
export const DEVICES_MAX = 50

export interface SessionUse {
  person: string
  session: string
  /** The kind of device in a few words, like "Firefox, Android"; empty when unknown, which replaces nothing. */
  device: string
  region: string
  /** When the person signed in, in milliseconds since 1970. */
  startedAt: number
  /** The caller has had a use of this session stored within a day. */
  isRepeated?: boolean
}

export interface StoredDevice extends Omit<SessionUse, 'person'> {
  /** The last use that was stored. */
  seenAt: number
}

export interface DeviceStore {
  /**
   * Lists the session with this use as its last one. The same step drops those of the person whose time is over.
   * @returns the sessions beyond DEVICES_MAX that it has dropped, whose tokens may still be good
   * @throws StoreUnavailable
   */
  used(use: SessionUse): Promise<string[]>
  /** The last use first. @throws StoreUnavailable */
  list(person: string): Promise<StoredDevice[]>
  /** @throws StoreUnavailable */
  remove(person: string, sessions: readonly string[]): Promise<void>
}
