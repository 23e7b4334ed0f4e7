// The message log in Redis. Each step is one script (scripts/) and one round trip, and the instances of all
// regions share it. A removed text is gone from every key and dump; an append-only file keeps it until Redis rewrites that.
import { ChatError } from '../../errors.ts'
import { LOBBY, newId } from '../../contract.ts'
import { ANSWER_MAX_BYTES } from '../answer-bytes.ts'
import { tidied } from '../fold.ts'
import { argumentsOf } from './append-arguments.ts'
import type { BusEntries } from './bus-entry.ts'
import { createForgetting } from './former.ts'
import { createHiddenRooms } from './hidden-rooms.ts'
import { mentionsKey, roomKey, sharedKeys, sharedTableKey } from './keys.ts'
import { createPlainRooms } from './plain-rooms.ts'
import { createOpenRooms } from './open-rooms.ts'
import * as replies from './replies.ts'
import { appendScript } from './scripts/append.ts'
import { remindScript, roomScript } from './scripts/heads.ts'
import { beforeScript } from './scripts/page.ts'
import { pinScript } from './scripts/pin.ts'
import { syncScript } from './scripts/sync.ts'
import type { Appended, MessageLog } from '../message-log.ts'
import { script, type Script } from '../../redis/scripts.ts'
import { openRedisStore, STORE_DEADLINE_MS, type RedisStoreOptions } from '../../redis/store.ts'
import { createRedisRelief, repeatWhenRelieved } from './relief.ts'
import { authorKey, bytesAfterTrim, countSlack, ROOM_BYTES_MAX } from '../limits.ts'
import { createPressure } from '../pressure.ts'
import { everyRoom, shrinkLargeRooms } from './shrink.ts'
import { lobbyMadeAt } from '../stored.ts'

/** Closing the log closes the client. */
export interface RedisLogOptions extends RedisStoreOptions {
  /** The name of this instance, unique among those that share the Redis, and the same after a restart. */
  instance: string
  /** Messages kept per room. */
  historyLimit: number
  /** Writes the bus entry of each message in the step that stores it; without it the caller publishes. */
  bus?: BusEntries
  /** Bytes kept per room. */
  roomBytesMax?: number
  /** Bytes of Redis' memory from which on the store counts as full; null: 80 % of `maxmemory`, or no limit. */
  storeBytesMax?: number | null
  /** Called once when messages are removed because a limit was lowered. */
  onShrink?: () => void
}

/** Waits for nothing: an instance may start while Redis is unavailable. */
export async function createRedisLog(options: RedisLogOptions): Promise<MessageLog> {
  const { client, prefix, instance, historyLimit, deadlineMs = STORE_DEADLINE_MS, now } = options
  const { bus, roomBytesMax = ROOM_BYTES_MAX, storeBytesMax = null } = options
  const { ask, run, time } = openRedisStore(options)
  // Its own copy of the script: when Redis forgets it, no other instance lets a later message of a sender run before an earlier one.
  const append = script(`-- ${instance}`, appendScript.source)
  let onLate: (appended: Appended, room: string) => void = () => {}
  const plain = createPlainRooms()
  /** Raised whenever a connection is lost or given up. Redis may still execute its commands; see append.ts. */
  let connection = 0
  const nextConnection = () => void (connection += 1)
  client.on('error', nextConnection)
  client.on('end', nextConnection)
  const lobby = JSON.stringify({ n: 0, ...lobbyMadeAt(now?.() ?? Date.now()) })

  const keyOf = (room: string, part: string) => roomKey(prefix, room, part)
  const keysOf = (room: string) => [
    ...sharedKeys(prefix, room),
    ...['log', 'messages', 'living', 'tombs', 'records', 'aged'].map((part) => keyOf(room, part))
  ]
  const weights = { heavy: `{${prefix}}:heavy`, weights: `{${prefix}}:weights` }
  const sizeKeysOf = (room: string) => ['living', 'tombs', 'sizes'].map((part) => keyOf(room, part))
  /** With the counts beside the log. */
  const countedKeysOf = (room: string) => [
    ...keysOf(room),
    keyOf(room, 'sizes'),
    keyOf(room, 'authors'),
    weights.heavy,
    weights.weights,
    mentionsKey(prefix, room)
  ]
  /** Counts a person's edits, reactions and removals of today. */
  const changesOf = (author: string) => `{${prefix}}:changes:${author || 'guests'}`
  const self = newId()
  const walking = { ask, run, prefix, keysOf: countedKeysOf, sizeKeysOf, now: time }
  const pressure = createPressure(createRedisRelief({ ...walking, keys: weights, storeBytesMax }))
  const withRelief = repeatWhenRelieved(pressure)
  const roomLimits = [historyLimit, countSlack(historyLimit), roomBytesMax, bytesAfterTrim(roomBytesMax)].map(String)
  const inRoom = (script: Script, room: string, args: string[], late?: (answer: unknown) => void) =>
    run(script, keysOf(room), args, late)
  const stopShrinking = shrinkLargeRooms({ ...walking, historyLimit, roomBytesMax, onShrink: options.onShrink })

  return {
    async append(given) {
      const change = tidied(given)
      const { asModerator = false, slowed = change.by.id ?? change.by.name, tableRevision, settingsNoted } = change
      const keys = countedKeysOf(change.room)
      if (change.kind !== 'sent') keys.push(changesOf(authorKey(change.by)))
      else if (bus) keys.push(bus.stream)
      keys.push(sharedTableKey(prefix), keyOf(change.room, 'slow'))
      const late = (answer: unknown) => {
        const stored = lateAppend(answer)
        if (stored) onLate(stored, change.room)
      }
      const changeArgs = argumentsOf(change)
      const attempt = async () => {
        const limits = [...roomLimits, `${pressure.fair ?? ''}`]
        const entry = change.kind === 'sent' ? bus?.entryOf(change) : undefined
        const args = [change.room, newId(), lobby, time(), ...limits, ...changeArgs]
        if (entry) args.push(...entry.trim, ...entry.fields)
        const rights = asModerator === 'everywhere' ? '2' : asModerator ? '1' : '0'
        const asOf = settingsNoted ? plain.asOf(change.room) : ''
        args.push(asOf, `${tableRevision ?? ''}`, rights, slowed, `${self} ${connection}`)
        const appended = await replies.reading(run(append, keys, args, late), (answer) => {
          plain.learn(change.room, replies.readPlainAsOf(answer))
          return replies.readAppended(answer)
        })
        if (appended.published) entry?.written()
        return appended
      }
      pressure.wrote(changeArgs.reduce((sum, each) => sum + each.length, 0))
      return withRelief(change.by.id ?? change.by.name, attempt)
    },
    sync(room, cursor, pageSize, maxBytes = ANSWER_MAX_BYTES) {
      const { epoch, seq, id } = cursor ?? { epoch: '', seq: 0, id: '' }
      const args = [room, newId(), lobby, epoch, `${seq}`, id, `${pageSize}`, `${maxBytes}`]
      return replies.reading(inRoom(syncScript, room, args), (answer) => replies.readSync(answer, cursor))
    },
    before(room, before, limit, { removed, maxBytes = ANSWER_MAX_BYTES }) {
      const [[kind, place] = ['newest', '']] = Object.entries(before ?? {})
      const args = [kind, `${place}`, `${limit}`, removed ? '1' : '0', `${maxBytes}`]
      return replies.reading(inRoom(beforeScript, room, args), replies.readPage)
    },
    async former(room, message) {
      const [exists, stored] = await Promise.all([
        ask(['HEXISTS', sharedKeys(prefix, room)[1], room]),
        ask(['HGET', keyOf(room, 'messages'), message])
      ])
      if (!exists && room !== LOBBY) throw new ChatError('no-room')
      const found = await replies.reading(Promise.resolve(stored), replies.readFormer)
      if (!found) throw new ChatError('no-message')
      return found
    },
    room(id) {
      const keys = [...sharedKeys(prefix, id), keyOf(id, 'log')]
      return replies.reading(run(roomScript, keys, [id, newId(), lobby]), replies.readRoomRecord)
    },
    remind(room, { epoch, seq, id }) {
      const args = [room, newId(), lobby, epoch, `${seq}`, id]
      return replies.reading(inRoom(remindScript, room, args), replies.readHead)
    },
    ...createHiddenRooms({ ask, run, prefix, keysOf, now: time }),
    ...createForgetting({ ask, run, prefix }),
    pin(room, message, on) {
      const args = [newId(), lobby, room, message, on ? '1' : '0']
      return replies.reading(inRoom(pinScript, room, args), replies.readChangedRoom)
    },
    ...createOpenRooms({ ask, run, prefix, lobby, countedKeysOf }),
    everyRoom: () => everyRoom(ask, prefix),
    onLate(listener) {
      onLate = listener
    },
    async close() {
      pressure.close()
      stopShrinking()
      if (!client.isOpen) return
      const { promise: tooLong, resolve } = Promise.withResolvers<void>()
      const deadline = setTimeout(resolve, deadlineMs)
      await Promise.race([client.close(), tooLong])
      clearTimeout(deadline)
      client.destroy()
    }
  }
}

/** The stored change in a late answer. A late refusal is ignored. */
function lateAppend(answer: unknown): Appended | null {
  try {
    return replies.readAppended(answer)
  } catch {
    return null
  }
}
