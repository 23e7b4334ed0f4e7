// The sessions of a person as a list of devices, of which the person can end one or all others.
import type { Clock } from '../clock.ts'
import type { Device } from '../contract.ts'
import type { Session } from '../identity.ts'
import { deviceName } from './device-name.ts'
import type { DeviceStore, SessionUse } from './device-store.ts'
import { ALL_TOKENS, type RevocationList } from './revocation-list.ts'

/** A session that is used all the time is written this often by each instance. */
export const WRITTEN_EVERY_MS = 4 * 3_600_000
/** A use is stored as that of a new session again after this long, which keeps its person's devices stored. */
const STORED_WHOLE_EVERY_MS = 24 * 3_600_000
/** Sessions that are remembered as written. */
const WRITTEN_MAX = 20_000

export interface Devices {
  /** The session is used: it is listed as seen now, here. `agent`: the User-Agent header. Failures are reported, not thrown. */
  seen(session: Session, agent: string | undefined): void
  /** The person uses a connection of this session that was `seen` at its handshake. */
  active(session: string): void
  /** The last use first. @throws StoreUnavailable */
  list(person: string, current: string): Promise<Device[]>
  /**
   * Ends a session of this person on all instances. One that isn't listed has ended before, or is somebody else's: nothing happens.
   * @throws StoreUnavailable; the session has then ended on this instance if it was found, and the call may be repeated
   */
  end(person: string, session: string): Promise<void>
  /** Ends all sessions of the person but this one. @returns how many @throws as `end` */
  endOthers(person: string, current: string | null): Promise<number>
  /** Ends a session whose token was verified. @throws as `end` */
  signOut(session: Session): Promise<void>
}

export function createDevices(options: {
  store: DeviceStore
  revocations: Pick<RevocationList, 'revoke' | 'revokedBefore' | 'onRevoked'>
  clock: Pick<Clock, 'now'>
  region: string
  /** Sessions of this person are about to be ended by another one. @throws StoreUnavailable; then they are not ended */
  onEnding(person: string): Promise<void>
  onError(cause: unknown): void
}): Devices {
  const { store, revocations, clock, region, onEnding, onError } = options
  /** By session, the one written longest ago first. */
  const written = new Map<string, { use: SessionUse; at: number; wholeAt: number }>()
  revocations.onRevoked(({ session, before }) => before === ALL_TOKENS && written.delete(session))

  function write(use: SessionUse) {
    const at = clock.now()
    const before = written.get(use.session)?.wholeAt ?? -Infinity
    const isRepeated = at - before < STORED_WHOLE_EVERY_MS
    written.delete(use.session)
    written.set(use.session, { use, at, wholeAt: isRepeated ? before : at })
    const [oldest] = written.keys()
    if (written.size > WRITTEN_MAX && oldest !== undefined) written.delete(oldest)
    store
      .used({ ...use, isRepeated })
      .then((dropped) => endAll(use.person, dropped))
      .catch((cause: unknown) => {
        written.delete(use.session)
        onError(cause)
      })
  }

  const isDue = (session: string) => clock.now() - (written.get(session)?.at ?? -Infinity) >= WRITTEN_EVERY_MS
  const isOver = (session: string) => revocations.revokedBefore(session) === ALL_TOKENS

  /** Revoked first: a session that is listed no more but still good could not be found again. */
  async function endAll(person: string, sessions: readonly string[]) {
    if (sessions.length === 0) return
    await Promise.all(sessions.map((session) => revocations.revoke({ session, before: ALL_TOKENS })))
    await store.remove(person, sessions)
  }

  async function end(person: string, isMeant: (session: string) => boolean) {
    const sessions = (await store.list(person)).map(({ session }) => session).filter(isMeant)
    // Nobody may come back by what such a device remembers.
    if (sessions.length > 0) await onEnding(person)
    const ended = sessions.filter((session) => !isOver(session)).length
    await endAll(person, sessions)
    return ended
  }

  return {
    seen({ id, person, startedAt }, agent) {
      if (isDue(id)) write({ person: person.id, session: id, device: deviceName(agent), region, startedAt })
    },
    active(session) {
      const known = written.get(session)
      if (known && isDue(session)) write(known.use)
    },
    async list(person, current) {
      const devices = await store.list(person)
      return devices
        .filter(({ session }) => !isOver(session))
        .map(({ session, ...device }) => ({ id: session, ...device, current: session === current }))
    },
    async end(person, session) {
      await end(person, (each) => each === session)
    },
    endOthers: (person, current) => end(person, (each) => each !== current),
    signOut: ({ id, person }) => endAll(person.id, [id])
  }
}
