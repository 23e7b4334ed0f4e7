// Read positions in Redis: a hash for each person, of rooms and "epoch seq back". It lasts as long as the person comes back now and then.
import * as v from 'valibot'
import { WHOLE_ROOM, LOBBY, PRIVATE_PREFIX, type UnreadRoom } from '../contract.ts'
import { hiddenOfKey, mentionsKey, roomKey, sharedKeys } from '../log/redis/keys.ts'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { blocksKey } from '../people/people-scripts.ts'
import { countScript, moveScript, positionsScript, upToScript } from './redis-scripts.ts'
import { MENTIONS_LISTED_MAX, type ReadsStore } from './store.ts'

const DAY_MS = 86_400_000
/** Rooms that one command counts. */
const COUNTED_AT_ONCE = 100

const positionsAnswer = v.tuple([v.array(v.string()), v.array(v.string()), v.string()])
const numbers = v.array(v.number())

const NEVER_OPENED: UnreadRoom = { room: '', epoch: '', seq: 0, back: 0, head: 0, unread: 0, mentions: 0 }

export function createRedisReads(options: RedisStoreOptions): ReadsStore {
  const { prefix } = options
  const { ask, run } = openRedisStore(options)
  const heads = [sharedKeys(prefix, LOBBY)[0], sharedKeys(prefix, PRIVATE_PREFIX)[0]]
  const mentionKeys = [mentionsKey(prefix, LOBBY), mentionsKey(prefix, PRIVATE_PREFIX)]
  const keyOf = (person: string) => `{${prefix}}:reads:${person}`
  /** Whose positions will last longer since today. */
  let putOff = { day: 0, people: new Set<string>() }
  const countedKeysOf = (room: string) =>
    ['living', 'tombs', 'messages', 'authors'].map((part) => roomKey(prefix, room, part))

  async function counts(person: string, rooms: { room: string; seq: number }[]): Promise<number[]> {
    const keys = rooms.flatMap(({ room }) => countedKeysOf(room))
    return v.parse(numbers, await run(countScript, keys, [person, ...rooms.map(({ seq }) => `${seq}`)]))
  }

  /** The positions, nothing counted yet, and mentions in messages of others whom the person has not blocked. */
  async function read(person: string) {
    const answer = await run(
      positionsScript,
      [...heads, keyOf(person), ...mentionKeys, hiddenOfKey(prefix, person), blocksKey(prefix)],
      [person]
    )
    const [stored, entries, blocked] = v.parse(positionsAnswer, answer)
    const rooms: UnreadRoom[] = []
    for (let at = 0; at < stored.length; at += 3) {
      const [room = '', position = '', end = ''] = stored.slice(at)
      const [epoch = '', seq, back] = position.split(' ')
      const [headEpoch, head] = end.split(' ')
      if (epoch !== headEpoch) continue
      rooms.push({ ...NEVER_OPENED, room, epoch, seq: Number(seq), back: Number(back), head: Number(head) })
    }
    const mentions = entries.map((entry) => {
      const [who = '', room = '', seq, message = '', author, at] = entry.split(':')
      return { who, room, seq: Number(seq), message, author, at: Number(at) }
    })
    const unwanted = new Set([person, ...blocked.split(' ').slice(0, -1)])
    return { rooms, mentions: mentions.filter(({ author = '' }) => !unwanted.has(author)) }
  }

  return {
    async move(given) {
      const readings = given.filter(({ positions }) => positions.length > 0)
      if (readings.length === 0) return
      const day = Math.floor(Date.now() / DAY_MS)
      if (putOff.day !== day) putOff = { day, people: new Set() }
      const { people } = putOff
      const args = readings.flatMap(({ person, positions }) => [
        people.has(person) ? '0' : '1',
        `${positions.length}`,
        ...positions.flatMap(({ room, epoch, seq, back }) => [room, epoch, `${seq}`, `${back}`])
      ])
      await run(moveScript, [...heads, ...readings.map(({ person }) => keyOf(person))], args)
      for (const { person } of readings) people.add(person)
    },

    async unread(person) {
      const { rooms, mentions } = await read(person)
      const behind = rooms.filter(({ seq, head }) => seq < head)
      const slices = Array.from({ length: Math.ceil(behind.length / COUNTED_AT_ONCE) }, (_, n) =>
        behind.slice(n * COUNTED_AT_ONCE, (n + 1) * COUNTED_AT_ONCE)
      )
      await Promise.all(
        slices.map(async (slice) => {
          const found = await counts(person, slice)
          for (const [place, room] of slice.entries()) room.unread = found[place] ?? 0
        })
      )
      const known = new Map(rooms.map((room) => [room.room, room]))
      const counted = new Set<string>()
      for (const { who, room: id, seq, message } of mentions) {
        const room = known.get(id) ?? { ...NEVER_OPENED, room: id, head: seq }
        // Somebody may be mentioned by name and with the whole room.
        if ((who === WHOLE_ROOM && !room.epoch) || seq <= room.seq || counted.has(message)) continue
        counted.add(message)
        room.mentions += 1
        known.set(id, room)
      }
      return [...known.values()]
    },

    upTo: async (person, room) =>
      v.parse(v.nullable(v.number()), await run(upToScript, [...heads, keyOf(person)], [room])),

    async mentions(person) {
      const { rooms, mentions } = await read(person)
      const opened = new Set(rooms.map(({ room }) => room))
      const listed = mentions.filter(({ who, room }) => who !== WHOLE_ROOM || opened.has(room))
      const unique = new Map(listed.map((one) => [one.message, one]))
      const newest = [...unique.values()].toSorted((a, b) => b.at - a.at || b.seq - a.seq).slice(0, MENTIONS_LISTED_MAX)
      return newest.map(({ room, message }) => ({ room, message }))
    },

    async remove(person) {
      await ask(['DEL', keyOf(person)])
    }
  }
}
