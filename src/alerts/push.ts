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
/** What people cover stays covered on their screens. */
const SPOILER = /\|\|[\s\S]+?\|\|/g
const COVER = '▒▒▒'

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
  /** The seq up to which the person has read the room; null when the person has not opened it. */
  readUpTo(person: string, room: string): Promise<number | null>
  titleOf(room: string): Promise<string>
  onError(cause: unknown): void
}

export type Push = ReturnType<typeof createPush>

interface Waiting {
  person: string
  room: string
  news: News[]
}

interface News {
  message: Message
  /** By name, or with all who have opened the room. */
  mentioned: 'name' | 'room' | null
}

interface Settings {
  devices: Device[]
  fields: ReadonlyMap<string, string>
}

const placeOf = (person: string, room: string) => `${room} ${person}`

export function createPush(options: PushOptions) {
  const { store, clock, send, isActive, membersOf, mayNotify, readUpTo, titleOf, onError } = options
  const waiting = new Map<string, Waiting>()
  const timers = new Set<Cancel>()
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
      const hasAll = mentioned.includes(WHOLE_ROOM)
      const all = members ?? [...(await wantAll(room)), ...(hasAll ? await store.withDevices() : [])]
      const first: Waiting[] = []
      for (const person of new Set([...mentioned, ...all])) {
        const isMember = members === null || members.includes(person)
        if (person === WHOLE_ROOM || person === message.by.id || !isMember || isActive(person)) continue
        const one: News = { message, mentioned: mentioned.includes(person) ? 'name' : hasAll ? 'room' : null }
        const place = placeOf(person, room)
        const before = waiting.get(place)
        if (before) before.news.push(one)
        else if (waiting.size < WAITING_MAX) {
          const due = { person, room, news: [one] }
          waiting.set(place, due)
          first.push(due)
        }
      }
      if (first.length > 0) later(PUSHED_AFTER_MS, () => notifyAll(room, first))
    } catch (cause) {
      onError(cause)
    }
  }

  function later(ms: number, work: () => Promise<unknown>) {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel)
      work().catch(onError)
    })
    timers.add(cancel)
  }

  /** These people have waited long enough. */
  async function notifyAll(room: string, due: readonly Waiting[]) {
    for (const { person } of due) waiting.delete(placeOf(person, room))
    const absent = due.filter(({ person, news }) => news.length > 0 && !isActive(person))
    const fields = absent.length > 0 ? await store.fields(absent.map(({ person }) => person)) : []
    const withDevices = absent.flatMap((one, n) => {
      const devices = devicesIn(fields[n]!)
      return devices.length > 0 ? [{ ...one, devices, fields: fields[n]! }] : []
    })
    if (withDevices.length === 0) return
    const [members, title] = [await membersOf(room), await titleOf(room)]
    await Promise.all(withDevices.map((one) => notify(one, title, members).catch(onError)))
  }

  async function notify(
    { person, room, news, devices, fields }: Waiting & Settings,
    title: string,
    members: string[] | null
  ) {
    if ((members && !members.includes(person)) || Number(fields.get('quiet') ?? 0) > clock.now()) return
    const level = (fields.get(levelField(room)) as Level | undefined) ?? (members ? 'all' : 'mentions')
    const wanted = news.filter(({ mentioned }) => level === 'all' || (level === 'mentions' && mentioned))
    if (wanted.length === 0) return
    const read = await readUpTo(person, room)
    // `@room` is for those who have opened the room, and for the members of a private one.
    const isIn = level === 'all' || members !== null || read !== null
    const last = wanted.findLast(
      ({ message, mentioned }) => message.seq > (read ?? -1) && (isIn || mentioned === 'name')
    )
    if (!last || !(await mayNotify(person, last.message.by.id))) return
    const { id, by, text } = last.message
    const payload = {
      room,
      message: id,
      title,
      by: by.name,
      ...(!fields.get('hide') && { text: text.replace(SPOILER, COVER) })
    }
    await Promise.all(devices.map((device) => attempt(person, device, payload)))
  }

  async function attempt(person: string, device: Device, payload: PushPayload, retry = 0): Promise<number> {
    const status = await send(device, payload).catch(() => 0)
    if (GONE.includes(status)) await store.set(person, [[deviceField(device.endpoint), null]])
    const afterMs = RETRIES_MS[retry]
    const isBusy = status === 0 || status === 429 || status >= 500
    if (isBusy && afterMs !== undefined) later(afterMs, () => attempt(person, device, payload, retry + 1))
    return status
  }

  return {
    stored: (room: string, message: Message) => void stored(room, message),
    /** A message was removed, anywhere. */
    removed(message: string) {
      for (const one of waiting.values()) one.news = one.news.filter((each) => each.message.id !== message)
    },
    /** The person's other devices get nothing. Resolves to the status of the push service, 0 without one. */
    test: (person: string, device: Device, payload: PushPayload) => attempt(person, device, payload, RETRIES_MS.length),
    close() {
      for (const cancel of timers) cancel()
    }
  }
}
