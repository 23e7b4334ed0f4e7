import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOBBY, newId, type RoomSummary, type Answers } from '../contract.ts'
import { openSqliteLog } from '../log/sqlite/sqlite-log.ts'
import type { MessageLog } from '../log/message-log.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { LIST_KEPT_FOR_MS, createRoomDirectory, type RoomDirectory } from './room-directory.ts'
import { ROOM_LIST_MAX_BYTES, fittingRooms, pageOfRooms } from './room-list.ts'
import { createSharedReads } from '../log/shared-reads.ts'

const garden = { id: 'garden', title: 'Garden', by: newId(), at: 1 }

describe('the rooms that an instance knows', () => {
  const clock = standingClock()
  let log: MessageLog
  let asked: string[]
  let isReceiving: boolean
  let directory: RoomDirectory
  beforeEach(async () => {
    log = await openSqliteLog({ path: ':memory:', historyLimit: 10 })
    asked = []
    isReceiving = true
    const counted: MessageLog = {
      ...log,
      rooms() {
        asked.push('all')
        return log.rooms()
      },
      room(id) {
        asked.push(id)
        return log.room(id)
      }
    }
    const reads = createSharedReads({ log: counted, clock, at: () => null })
    directory = createRoomDirectory({ log: counted, reads, clock, isReceiving: () => isReceiving })
  })
  afterEach(() => log.close())
  const ids = async () => (await directory.list()).map(({ id }) => id)

  it('an unknown one costs one small read, shared by simultaneous requests', async () => {
    await directory.find(LOBBY)
    const opened = Array.from({ length: 100 }, () => directory.find('nowhere').catch((cause: Error) => cause.message))
    expect(new Set(await Promise.all(opened)).size).toBe(1)
    for (let n = 0; n < 50; n += 1) await expect(directory.find(`no-${n}`)).rejects.toMatchObject({ reason: 'no-room' })
    expect(asked.filter((what) => what === 'all')).toEqual(['all'])
    expect(asked.filter((what) => what === 'nowhere')).toEqual(['nowhere'])
    expect(asked).toHaveLength(52)
  })

  it('one that was created elsewhere is found, even without a bus message', async () => {
    await expect(directory.find('garden')).rejects.toMatchObject({ reason: 'no-room' })
    await log.createRoom(garden, 10)
    expect(await directory.find('garden')).toEqual(garden)
    const before = asked.length
    expect(await directory.find('garden')).toEqual(garden)
    expect(asked).toHaveLength(before)
  })

  it('are listed to a thousand clients by one read, including a room created meanwhile', async () => {
    await Promise.all(Array.from({ length: 1_000 }, ids))
    expect(await directory.list()).toBe(await directory.list())
    directory.add(garden)
    expect(await ids()).toEqual([LOBBY, 'garden'])
    expect(asked).toEqual(['all'])
    await clock.advance(LIST_KEPT_FOR_MS)
    // The store does not know it.
    expect(await ids()).toEqual([LOBBY])
  })

  it('are listed with a room that was added while they were read', async () => {
    const listed = ids()
    directory.add(garden)
    expect(await listed).toEqual([LOBBY, 'garden'])
  })

  it('are read each time while no bus messages arrive', async () => {
    isReceiving = false
    await ids()
    await log.createRoom(garden, 10)
    expect(await ids()).toEqual([LOBBY, 'garden'])
  })
})

describe('the list of rooms', () => {
  const room = (n: number, title: string, people = 0): RoomSummary => ({
    id: n ? `room-${n}` : LOBBY,
    title,
    by: newId(),
    at: n,
    people
  })
  it('of a thousand ordinary rooms is complete', () => {
    const rooms = Array.from({ length: 1_000 }, (_, n) => room(n, 'A usual title of a room'))
    expect(fittingRooms(rooms)).toEqual(rooms)
  })

  it('of two thousand rooms with long titles and topics arrives whole, in pages of bounded size', () => {
    const rooms = Array.from({ length: 2_000 }, (_, n) => ({
      ...room(n, '🌻'.repeat(80)),
      topic: 'ț'.repeat(300),
      rev: 1
    }))
    const seen: RoomSummary[] = []
    let pages = 0
    for (let after: string | undefined = ''; after !== undefined; pages += 1) {
      const page: Answers['room:list'] = pageOfRooms(rooms, after)
      expect(Buffer.byteLength(JSON.stringify(page.rooms))).toBeLessThanOrEqual(ROOM_LIST_MAX_BYTES)
      seen.push(...page.rooms)
      after = page.next
    }
    expect(pages).toBeLessThan(12)
    expect(new Set(seen)).toEqual(new Set(rooms))
    expect(seen).toHaveLength(2_000)
  })

  it('is bounded in bytes: the lobby, rooms with people, then the oldest, in their order', () => {
    const rooms = Array.from({ length: 1_000 }, (_, n) => room(n, '🌻'.repeat(80), n === 990 ? 3 : 0))
    const fitting = fittingRooms(rooms)
    expect(Buffer.byteLength(JSON.stringify(fitting))).toBeLessThanOrEqual(ROOM_LIST_MAX_BYTES)
    const places = fitting.map(({ at }) => at)
    expect(places).toEqual([...Array.from({ length: places.length - 1 }, (_, n) => n), 990])
    expect(places.length).toBeGreaterThan(500)
  })
})
