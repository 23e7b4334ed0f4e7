// Sends push messages: who is idle or away learns of a message by the level of its room, once, from the instance that stored it. Nothing
// waits for it, and it is not stored: what a crash takes with it was not sent twice.
import type { Cancel, Clock } from '../clock.ts'
import { WHOLE_ROOM, type Level, type Message, type PushPayload } from '../contract.ts'
import { deviceField, devicesIn, type Device } from './devices.ts'
import { levelField, type AlertsStore } from './store.ts'

/** A message that was read or removed within this time is not sent; several of one room are one push message, the last. */
export const PUSHED_AFTER_MS = 3_000
/** Who wants every message of a room is read again after this time. */
const WANTED_LASTS_MS = 30_000
const RETRIES_MS = [2_000, 10_000]
/** People and rooms that wait; more are not notified. */
const WAITING_MAX = 5_000
const GONE = [404, 410]

export interface PushMessage {
  /** To one device, encrypted. Resolves to the status of the push service; rejects without an answer. */
  (device: Device, payload: PushPayload): Promise<number>
}

export interface PushOptions {
  store: AlertsStore
  clock: Clock
  send: PushMessage
  /** Whether the person is here and not idle, on any instance. */
  isActive(person: string): boolean
  /** Members of a private room or direct conversation; null for an open one. */
  membersOf(room: string): Promise<string[] | null>
  /** Who of these people must not be notified of this author: blocked, or may not enter. */
  mayNotify(person: string, author: string | null): Promise<boolean>
  /** The seq up to which the person has read the room; -1 when the person has not opened it. */
  readUpTo(person: string, room: string): Promise<number>
  titleOf(room: string): Promise<string>
  onError(cause: unknown): void
}

export type Push = ReturnType<typeof createPush>

interface Waiting {
  person: string
  room: string
  message: Message
  mentioned: boolean
  cancel: Cancel
}

export function createPush(options: PushOptions) {
  const { store, clock, send, isActive, membersOf, mayNotify, readUpTo, titleOf, onError } = options
  const waiting = new Map<string, Waiting>()
  const wanted = new Map<string, { people: Promise<string[]>; at: number }>()

  function wantAll(room: string): Promise<string[]> {
    const known = wanted.get(room)
    if (known && clock.now() - known.at < WANTED_LASTS_MS) return known.people
    const people = store.wantAll(room)
    people.catch(() => wanted.delete(room))
    wanted.set(room, { people, at: clock.now() })
    return people
  }

  /** This instance has stored a message. */
  async function stored(room: string, message: Message): Promise<void> {
    try {
      const mentioned = (message.mentions ?? []).map(({ id }) => id)
      const members = await membersOf(room)
      const all = members ?? (await wantAll(room))
      const hasAll = mentioned.includes(WHOLE_ROOM)
      for (const person of new Set([...mentioned, ...all])) {
        const isMember = members === null || members.includes(person)
        if (person === WHOLE_ROOM || person === message.by.id || !isMember || isActive(person)) continue
        wait({ person, room, message, mentioned: hasAll || mentioned.includes(person) })
      }
    } catch (cause) {
      onError(cause)
    }
  }

  function wait(due: Omit<Waiting, 'cancel'>) {
    const place = `${due.room} ${due.person}`
    const before = waiting.get(place)
    if (!before && waiting.size >= WAITING_MAX) return
    before?.cancel()
    const cancel = clock.after(PUSHED_AFTER_MS, () => {
      waiting.delete(place)
      notify({ ...due, mentioned: due.mentioned || before?.mentioned === true }).catch(onError)
    })
    waiting.set(place, { ...due, cancel })
  }

  async function notify({ person, room, message, mentioned }: Omit<Waiting, 'cancel'>) {
    const [fields = new Map<string, string>()] = await store.fields([person])
    const devices = devicesIn(fields)
    const isHidden = (await membersOf(room)) !== null
    const level = (fields.get(levelField(room)) as Level | undefined) ?? (isHidden ? 'all' : 'mentions')
    const isWanted = level === 'all' || (level === 'mentions' && mentioned)
    if (devices.length === 0 || !isWanted || Number(fields.get('quiet') ?? 0) > clock.now()) return
    if (isActive(person) || (await readUpTo(person, room)) >= message.seq) return
    if (!(await mayNotify(person, message.by.id))) return
    const text = fields.get('hide') ? {} : { text: message.text }
    const payload = { room, message: message.id, title: await titleOf(room), by: message.by.name, ...text }
    await Promise.all(devices.map((device) => attempt(person, device, payload)))
  }

  async function attempt(person: string, device: Device, payload: PushPayload, retry = 0): Promise<number> {
    const status = await send(device, payload).catch(() => 0)
    if (GONE.includes(status)) await store.set(person, [[deviceField(device.endpoint), null]])
    const afterMs = RETRIES_MS[retry]
    const isBusy = status === 0 || status === 429 || status >= 500
    if (isBusy && afterMs !== undefined)
      clock.after(afterMs, () => void attempt(person, device, payload, retry + 1).catch(onError))
    return status
  }

  return {
    stored: (room: string, message: Message) => void stored(room, message),
    /** A message was removed, anywhere. */
    removed(message: string) {
      for (const [place, one] of waiting)
        if (one.message.id === message) {
          one.cancel()
          waiting.delete(place)
        }
    },
    /** The person's other devices get nothing. Resolves to the status of the push service, 0 without one. */
    test: (person: string, device: Device, payload: PushPayload) => attempt(person, device, payload, RETRIES_MS.length),
    close() {
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    }
  }
}
