// The newest messages of the rooms that a person opened last, stored in this browser. They are shown only while the server does not
// answer. Its next answer replaces them on the screen and here, and with them the text of what was removed meanwhile.
import { effect, signal, untracked, type ReadonlySignal } from '@preact/signals'
import type { Room } from '../../src/contract.ts'
import { openRecords } from '../engine/records.ts'
import { trimmed, type RoomLog } from '../engine/room-log.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { isNumber, isObject, isOneOf, isText, reader } from '../engine/shape.ts'
import { personKey } from './person-key.ts'
import { withoutNames, type Profiles } from './profiles.ts'
import type { Rooms } from './rooms.ts'

/** Messages of one room that can be read without the server. */
export const COPY_MESSAGES = 200
/** Rooms of one person. */
const COPY_ROOMS = 20
/** A change is stored within this time, or when the page is closed. */
const STORED_WITHIN_MS = 1_000

const read = reader(
  {
    v: isOneOf(1),
    /** The room's id. */
    id: isText,
    room: (value: unknown): value is Room => isObject(value),
    log: (value: unknown): value is RoomLog => isObject(value) && Array.isArray((value as RoomLog).messages),
    /** Milliseconds since 1970 on this device. */
    at: isNumber
  },
  {}
)
type RoomCopy = NonNullable<ReturnType<typeof read>>
const kind = { database: 'taifas-rooms', store: 'rooms', read }

export interface CopyDeps {
  rooms: Pick<Rooms, 'open' | 'list' | 'listed'>
  profiles: Pick<Profiles, 'former' | 'want'>
  /** Null while the server answers, or is about to. */
  problem: ReadonlySignal<string | null>
  indexedDB: IDBFactory | undefined
}

export function copyRooms(person: string, { rooms, profiles, problem, indexedDB }: CopyDeps) {
  const opening = open(person, indexedDB).catch(() => null)
  /** Found in the store while the server does not answer. */
  const found = signal<ReadonlyMap<string, RoomCopy>>(new Map())
  const stored = new Map<string, RoomLog>()
  /** By room what has to be stored; null: nothing any more. */
  const changes = new Map<string, RoomCopy | null>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const all = async () => (await (await opening)?.all().catch(() => null)) ?? []

  const stops = [
    effect(() => {
      for (const room of rooms.open.value.values()) follow(room)
    }),
    effect(() => {
      if (problem.value === null) found.value = new Map()
      else void find()
    }),
    effect(() => {
      for (const room of rooms.open.value.values()) {
        const copy = found.value.get(room.id)
        if (copy) untracked(() => room.showCopy(copy))
      }
    }),
    effect(() => {
      const former = profiles.former.value
      if (former.size === 0) return
      for (const { log } of rooms.open.value.values()) if (log.value) log.value = withoutNames(log.value, former)
    }),
    effect(() => void (profiles.former.value.size > 0 && forgetNames(profiles.former.value)))
  ]
  void all().then((copies) => {
    for (const { log } of copies) for (const { by } of log.messages) if (by.id !== null) profiles.want(personKey(by.id))
  })

  function follow({ id, room, log: { value: log }, upToDate, refused }: OpenRoom) {
    const isGone = refused.value !== null && refused.value !== 'fault'
    if (isGone) change(id, null)
    if (isGone || !log || !upToDate.value || stored.get(id) === log) return
    stored.set(id, log)
    // What follows is not loaded, so this is the end of the copy.
    const { to: _, ...copy } = trimmed(log, COPY_MESSAGES)
    change(id, { v: 1, id, room: room.value, log: copy, at: Date.now() })
  }

  function change(id: string, copy: RoomCopy | null) {
    changes.set(id, copy)
    timer ??= setTimeout(flush, STORED_WITHIN_MS)
  }

  function flush() {
    clearTimeout(timer)
    timer = undefined
    const now = [...changes]
    changes.clear()
    // What cannot be stored cannot be read without the server, and nothing else.
    void opening.then((records) => {
      for (const [id, copy] of now) if (!closed) (copy ? records?.put(copy) : records?.remove(id))?.catch(() => {})
    })
  }

  /** In copies of rooms that are not open, too. */
  async function forgetNames(former: ReadonlySet<string>) {
    for (const copy of await all()) {
      const log = withoutNames(copy.log, former)
      if (log !== copy.log && !changes.has(copy.id)) change(copy.id, { ...copy, log })
    }
  }

  async function find() {
    const copies = await all()
    if (closed || problem.peek() === null) return
    found.value = new Map(copies.map((copy) => [copy.id, copy]))
    if (!rooms.listed.peek()) rooms.list.value = copies.map(({ room }) => ({ ...room, people: 0 }))
  }

  function close() {
    for (const stop of stops) stop()
    flush()
  }

  return {
    /** The page may be closed now. */
    flush,

    /** The session is over: nothing of this person stays here. */
    forget() {
      close()
      closed = true
      void opening.then(async (records) => records?.keepOnly(await peopleHere(person))).catch(() => {})
    },

    close
  }
}

/**
 * The person who is signed in here last, or in another tab, reads what is theirs. Nothing stays of others, who could not come back to it.
 */
async function open(person: string, factory: IDBFactory | undefined) {
  const records = await openRecords(factory, kind, person)
  await records.keepOnly((await peopleHere()).add(person))
  const copies = (await records.all()).toSorted((a, b) => b.at - a.at)
  for (const { id } of copies.slice(COPY_ROOMS)) await records.remove(id)
  return records
}

/** Who has a page open in this browser: each page holds a lock for its outbox. */
async function peopleHere(except?: string): Promise<Set<string>> {
  const { held = [] } = await navigator.locks.query()
  const people = held.map(({ name = '' }) => /^taifas:outbox:([^:]+)/.exec(name)?.[1] ?? '')
  return new Set(people.filter((person) => person !== except))
}
