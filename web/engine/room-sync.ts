// One open room: its log, its people, and the requests that keep both correct. First load, catch-up and repair are the same request;
// events that arrive during it wait for its answer.
import { signal } from '@preact/signals'
import { LOBBY, type Cursor, type LiveEvents, type Message, type Reason, type Room } from '../../src/contract.ts'
import { isTemporary, retryDelayMs } from './backoff.ts'
import type { Ask } from './socket.ts'
import { farMessages } from './far-messages.ts'
import { noteHistoryReplaced, noteMembers } from './notices.ts'
import { applyEvents, applySync, findMessage, type News, type RoomLog } from './room-log.ts'
import { roomNames } from './room-names.ts'
import { roomPages } from './room-pages.ts'
import { roomPeople } from './room-people.ts'

/** A missing event is usually late, not lost. */
const HOLE_WAIT_MS = 500
const RETRY_MS = 1_000
/** Live lists that wait for an answer. More of them leave a hole, which is requested later. */
const WAITING_LISTS_MAX = 200

/** Waits after a fault of the server. The second in a row is shown like a final refusal, and may still go away. */
const FAULT_RETRY = { firstMs: 1_000, maxMs: 30_000 }

export type OpenRoom = ReturnType<typeof openRoom>

/** What an open room reports to the chat around it. */
export interface RoomCallbacks {
  /** The log moved: by live events, by a repair, or by a fresh start. */
  moved(room: OpenRoom, news: News): void
  /** After a fresh start at this cursor: the seq around which messages are loaded, instead of the newest. */
  reading?(room: string, cursor: Cursor): number | undefined
}

export function openRoom(
  id: string,
  ask: Ask,
  myKey: () => string,
  callbacks: RoomCallbacks,
  options: {
    /** The place that an earlier run of this reader reached. */
    start?: RoomLog
    /** The most messages that stay loaded while pages are read. */
    keep?: number
  } = {}
) {
  const room = signal<Room>({ id, title: id === LOBBY ? '' : id, by: null, at: 0 })
  const log = signal<RoomLog | null>(options.start ?? null)
  /** What an earlier page stored, as long as the server has not answered. */
  let copy: RoomLog | null = null
  const received = () => (log.value === copy ? null : log.value)
  /** Connected, and no hole is known: the log is complete. */
  const upToDate = signal(false)
  /** Why the room can't be opened, if it can't. After a `fault`, what is loaded stays. */
  const refused = signal<Reason | null>(null)
  const pages = roomPages(id, ask, log, options.keep)
  const far = farMessages(id, ask)
  const { learn, nameOf } = roomNames()
  let waiting: LiveEvents[] = []
  let asking = false
  const people = roomPeople({ myKey, seq: () => log.value?.cursor.seq ?? 0, asking: () => asking })
  /** Faults of the server in a row. */
  let faults = 0
  /** Counts requests and disconnects: only the answer to the latest request counts. */
  let generation = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function request() {
    const known = received()
    return known ? { room: id, cursor: known.cursor } : { room: id }
  }

  async function catchUp() {
    clearTimeout(timer)
    timer = undefined
    const mine = ++generation
    asking = true
    people.asked()
    settle()
    for (;;) {
      const known = received()
      const reply = await ask('room:open', request())
      if (mine !== generation) return
      if (!reply.ok) {
        asking = false
        const { reason, retryAfterMs } = reply
        if (isTemporary(reason)) return catchUpIn(retryAfterMs ?? RETRY_MS)
        if (reason === 'fault') catchUpIn(retryDelayMs(faults++, FAULT_RETRY))
        if (reason !== 'fault' || faults > 1) refused.value = reason
        return
      }
      const { sync } = reply.value
      refused.value = null
      faults = 0
      room.value = reply.value.room
      people.answered(reply.value.people)
      const result = applySync(received(), sync)
      if (result.kind !== 'applied') {
        asking = false
        catchUpIn(RETRY_MS)
        return
      }
      if (known && known.cursor.epoch !== result.log.cursor.epoch)
        people.notices.value = noteHistoryReplaced({ after: result.log.cursor.seq, at: Date.now() })
      const place = sync.kind === 'fresh' ? callbacks.reading?.(id, sync.cursor) : undefined
      const around = place !== undefined && (await pages.windowAround(place, sync.cursor))
      if (mine !== generation) return
      const next = around || result.log
      learn(sync.kind === 'fresh' ? next.messages : sync.events)
      log.value = next
      moved({ fresh: sync.kind === 'fresh', events: result.news })
      if (sync.kind === 'fresh' || !sync.more) break
    }
    asking = false
    applyWaiting()
    settle()
  }

  function events(list: LiveEvents) {
    // The pending answer may be older than this list, so the list is applied again after it.
    if (asking) wait(list)
    const known = received()
    if (!known) return
    const result = applyEvents(known, list)
    switch (result.kind) {
      case 'applied':
        if (result.log === known) return
        learn(list.events)
        log.value = result.log
        moved({ fresh: false, events: result.news })
        if (!asking) applyWaiting()
        settle()
        return
      case 'hole':
        if (asking) return
        wait(list)
        settle()
        catchUpIfStill(() => waiting.length > 0)
        return
      case 'diverged':
        if (!asking) void catchUp()
        return
      default:
        result satisfies never
    }
  }

  function moved(news: News) {
    people.notices.value = noteMembers(people.notices.value, news.events)
    pages.moved(news)
    far.moved(news)
    callbacks.moved(api, news)
  }

  function applyWaiting() {
    const lists = waiting
    waiting = []
    for (const list of lists) events(list)
  }

  function settle() {
    upToDate.value = !asking && waiting.length === 0
  }

  function wait(list: LiveEvents) {
    waiting.push(list)
    if (waiting.length > WAITING_LISTS_MAX) waiting.shift()
  }

  /** Gives late events a moment to arrive. */
  function catchUpIfStill(isMissing: () => boolean) {
    timer ??= setTimeout(() => {
      timer = undefined
      if (isMissing()) void catchUp()
    }, HOLE_WAIT_MS)
  }

  function catchUpIn(ms: number) {
    clearTimeout(timer)
    timer = setTimeout(() => void catchUp(), ms)
  }

  const api = {
    id,
    room,
    log,
    upToDate,
    people: people.people,
    notices: people.notices,
    refused,
    paging: pages.paging,
    pageRefused: pages.refused,
    before: pages.before,
    after: pages.after,
    newest: pages.newest,
    around: pages.around,
    far,

    /** Loads the messages around this one unless it is loaded. Null: there is no such message; undefined: it cannot be read now. */
    async load(message: string): Promise<Message | null | undefined> {
      const loaded = log.value && findMessage(log.value, message)
      if (loaded) return loaded
      const found = await far.read(message)
      return found && ((await pages.around(found.seq)) ? found : undefined)
    },
    /** What `catchUp` asks first. */
    request,
    catchUp,
    events,
    nameOf,

    /** The log has a message of this person at `seq`. If its event doesn't come, that is a hole like any other. */
    expect(seq: number) {
      const isBehind = () => log.value !== null && log.value.cursor.seq < seq
      if (isBehind()) catchUpIfStill(isBehind)
    },

    peopleChanged: people.changed,

    /** Shows these messages until the server answers. */
    showCopy(stored: { room: Room; log: RoomLog }) {
      if (log.value || refused.value || asking) return
      room.value = stored.room
      copy = stored.log
      learn(copy.messages)
      log.value = copy
    },

    /** The connection is gone: pending answers are ignored, and nothing is requested before the next `catchUp`. */
    offline() {
      generation++
      asking = false
      upToDate.value = false
      people.offline()
      waiting = []
      clearTimeout(timer)
      timer = undefined
    }
  }

  return api
}
