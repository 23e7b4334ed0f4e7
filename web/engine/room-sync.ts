// One open room: its log, its people, and the conversation with the server that keeps both true. First load, catch-up and repair are
// the same request; what is heard while it is under way waits until it is answered.
import { signal } from '@preact/signals'
import {
  LOBBY,
  type Author,
  type EventList,
  type PeopleChanged,
  type Present,
  type Reason,
  type Room,
  type RoomPeople,
  type WireEvent
} from '../../src/contract.ts'
import { isTemporary } from './backoff.ts'
import type { Ask } from './socket.ts'
import { noteHistoryReplaced, notePeople, type Notice } from './notices.ts'
import { hear, synced, type RoomLog } from './room-log.ts'
import { roomPages } from './room-pages.ts'

/** A higher number than the next is usually a letter that is late, not lost. */
const HOLE_WAIT_MS = 500
const ASK_AGAIN_MS = 1_000
/** Live lists kept while an answer is under way; what doesn't fit is a hole, and asked for. */
const WAITING_LISTS = 200

/** A fault of the server may be gone the next time. With any other final refusal the room stays shut. */
const mayOpenLater = (reason: Reason) => reason === 'fault' || isTemporary(reason)

export type OpenRoom = ReturnType<typeof openRoom>

/** What an open room tells the chat around it. */
export interface RoomCallbacks {
  /** The log moved: by live events, by a repair, or by a fresh start. */
  moved(room: OpenRoom, news: News): void
}

/** What the log has just taken in: events that follow what was held, or, after a fresh start, whatever lies there now. */
export interface News {
  fresh: boolean
  events: readonly WireEvent[]
}

export interface RoomSyncOptions {
  /** Where an earlier life of this reader stood. */
  start?: RoomLog
  /** The most messages that stay loaded while pages are read. */
  keep?: number
}

export function openRoom(
  id: string,
  ask: Ask,
  myKey: () => string,
  ears: RoomCallbacks,
  options: RoomSyncOptions = {}
) {
  const room = signal<Room>({ id, title: id === LOBBY ? '' : id, by: null, at: 0 })
  const log = signal<RoomLog | null>(options.start ?? null)
  /** Connected, and no hole known of: what is held is what the room holds. */
  const upToDate = signal(false)
  const people = signal<RoomPeople | null>(null)
  const notices = signal<readonly Notice[]>([])
  /** Why the room can't be opened, if it can't. */
  const refused = signal<Reason | null>(null)
  const pages = roomPages(id, ask, log, options.keep)
  /** Names of people by id, as far as they have done anything that we heard of. */
  const names = new Map<string, string>()
  let waiting: EventList<WireEvent>[] = []
  /** Comings and goings heard while an answer is under way, which may have been made before or after them. */
  let comings: PeopleChange[] = []
  let asking = false
  /** Counts connections: an answer to an earlier one's question is not acted upon. */
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function catchUp() {
    clearTimeout(timer)
    timer = undefined
    const mine = ++turn
    asking = true
    comings = []
    settle()
    for (;;) {
      const held = log.value
      const reply = await ask('room:open', held ? { room: id, cursor: held.cursor } : { room: id })
      if (mine !== turn) return
      if (!reply.ok) {
        asking = false
        if (mayOpenLater(reply.reason)) askIn(reply.retryAfterMs ?? ASK_AGAIN_MS)
        else refused.value = reply.reason
        return
      }
      const { sync } = reply.value
      refused.value = null
      room.value = reply.value.room
      people.value = comings.reduce(cameAndWent, reply.value.people)
      const heard = synced(log.value, sync)
      if (heard.kind !== 'applied') {
        asking = false
        askIn(ASK_AGAIN_MS)
        return
      }
      if (held && held.cursor.epoch !== heard.log.cursor.epoch)
        notices.value = noteHistoryReplaced({ after: heard.log.cursor.seq, at: Date.now() })
      learn(sync.kind === 'fresh' ? sync.messages : sync.events)
      log.value = heard.log
      moved({ fresh: sync.kind === 'fresh', events: heard.news })
      if (sync.kind === 'fresh' || !sync.more) break
    }
    asking = false
    hearWaiting()
    settle()
  }

  function events(list: EventList<WireEvent>) {
    // An answer under way may be older than what is heard meanwhile: such lists are heard again after it.
    if (asking) wait(list)
    const held = log.value
    if (!held) return
    const heard = hear(held, list)
    switch (heard.kind) {
      case 'applied':
        if (heard.log === held) return
        learn(list.events)
        log.value = heard.log
        moved({ fresh: false, events: heard.news })
        if (!asking) hearWaiting()
        settle()
        return
      case 'hole':
        if (asking) return
        wait(list)
        settle()
        timer ??= setTimeout(() => void stillMissing(), HOLE_WAIT_MS)
        return
      case 'diverged':
        if (!asking) void catchUp()
        return
      default:
        heard satisfies never
    }
  }

  function moved(news: News) {
    pages.moved(news)
    ears.moved(api, news)
  }

  function learn(deeds: readonly { by: Author }[]) {
    for (const { by } of deeds) if (by.id !== null) names.set(by.id, by.name)
  }

  function hearWaiting() {
    const lists = waiting
    waiting = []
    for (const list of lists) events(list)
  }

  function settle() {
    upToDate.value = !asking && waiting.length === 0
  }

  function wait(list: EventList<WireEvent>) {
    waiting.push(list)
    if (waiting.length > WAITING_LISTS) waiting.shift()
  }

  async function stillMissing() {
    timer = undefined
    if (waiting.length > 0) await catchUp()
  }

  function askIn(ms: number) {
    clearTimeout(timer)
    timer = setTimeout(() => void catchUp(), ms)
  }

  const api = {
    id,
    room,
    log,
    upToDate,
    people,
    notices,
    refused,
    paging: pages.paging,
    before: pages.before,
    after: pages.after,
    newest: pages.newest,
    catchUp,
    events,
    nameOf: (person: string) => names.get(person),

    /** A message of ours is known to stand at `seq`: if its event doesn't come, it is a hole like any other. */
    expect(seq: number) {
      if (log.value && log.value.cursor.seq < seq) timer ??= setTimeout(() => void behind(seq), HOLE_WAIT_MS)
    },

    peopleChanged(change: PeopleChange) {
      if (asking) comings.push(change)
      const held = people.value
      if (!held) return
      people.value = { ...withChange(held, change), ...change.totals }
      // A change is told up to a second late, so it may be older than the list that was read on coming in.
      const names = new Map(held.people.map(({ key, name }) => [key, name]))
      const complete = held.people.length >= held.count
      const isNews = {
        joined: ({ key, name }: Present) => names.get(key) !== name,
        left: ({ key }: Present) => names.has(key) || !complete
      }
      const others = (kind: 'joined' | 'left') =>
        change[kind].filter((person) => person.key !== myKey() && isNews[kind](person))
      const at = { after: log.value?.cursor.seq ?? 0, at: Date.now() }
      notices.value = notePeople(notices.value, 'joined', others('joined'), at)
      notices.value = notePeople(notices.value, 'left', others('left'), at)
    },

    /** The connection is gone: what was asked is void, and nothing is asked until `catchUp` is called again. */
    rest() {
      turn++
      asking = false
      upToDate.value = false
      waiting = []
      clearTimeout(timer)
      timer = undefined
    }
  }

  async function behind(seq: number) {
    timer = undefined
    if (log.value && log.value.cursor.seq < seq) await catchUp()
  }

  return api
}

export type PeopleChange = Omit<PeopleChanged, 'room'>

function withChange(held: RoomPeople, { joined, left, changed = [] }: PeopleChange): RoomPeople {
  const gone = new Set([...left, ...joined].map((person) => person.key))
  const otherwise = new Map(changed.map((person) => [person.key, person]))
  const stayed = held.people.filter(({ key }) => !gone.has(key)).map((person) => otherwise.get(person.key) ?? person)
  return { ...held, people: [...stayed, ...joined] }
}

/** As above, for a change that the answer may hold already: then its totals are older than the answer's. */
function cameAndWent(held: RoomPeople, change: PeopleChange): RoomPeople {
  const here = new Set(held.people.map((person) => person.key))
  const isNews = change.joined.some(({ key }) => !here.has(key)) || change.left.some(({ key }) => here.has(key))
  return isNews ? { ...withChange(held, change), ...change.totals } : held
}
