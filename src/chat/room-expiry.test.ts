import { afterEach, beforeEach, expect, test } from 'vitest'
import { LOBBY, newId } from '../contract.ts'
import { openSqliteLog } from '../log/sqlite/sqlite-log.ts'
import type { MessageLog } from '../log/message-log.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createRoomExpiry, type RoomExpiry } from './room-expiry.ts'

const HOUR_MS = 60 * 60 * 1000
const WEEK_MS = 7 * 24 * HOUR_MS
const MADE_AT = 1_000_000

let log: MessageLog
let clock: ReturnType<typeof standingClock>
let visited: string[]
let removed: string[]
let asked: number
let expiry: RoomExpiry

beforeEach(async () => {
  log = await openSqliteLog({ path: ':memory:', historyLimit: 10 })
  clock = standingClock(MADE_AT)
  visited = []
  removed = []
  asked = 0
  expiry = createRoomExpiry({
    log: {
      removeRooms(ids) {
        asked += 1
        return log.removeRooms(ids)
      }
    },
    clock,
    isDeserted: (room) => !visited.includes(room),
    removed: (room) => removed.push(room)
  })
  for (const title of ['Empty', 'Spoken', 'Visited'])
    await log.createRoom({ id: title.toLowerCase(), title, by: newId(), at: MADE_AT }, 10)
  const by = { id: newId(), name: 'Ana' }
  await log.append({ kind: 'sent', room: 'spoken', id: newId(), by, at: 0, text: 'a word' })
  visited = ['visited']
})
afterEach(() => log.close())
const look = async (full = false) => expiry.look(await log.rooms(), full)

test('removes a room without messages and people after a week, and no other', async () => {
  await look()
  await clock.advance(WEEK_MS)
  await look()
  expect(removed).toEqual([])
  await clock.advance(HOUR_MS)
  await look()
  expect(removed).toEqual(['empty'])
  expect((await log.rooms()).map(({ id }) => id)).toEqual([LOBBY, 'spoken', 'visited'])
})

test('checks rooms once an hour, and once a minute while there is no space for another', async () => {
  await clock.advance(WEEK_MS * 2)
  for (let n = 0; n < 10; n += 1) await look()
  expect(asked).toBe(1)
  await look(true)
  expect(asked).toBe(1)
  await clock.advance(60_000)
  await look()
  expect(asked).toBe(1)
  await look(true)
  expect(asked).toBe(2)
})
