import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOBBY, newId, type Cursor } from '../contract.ts'
import type { MessageLog } from '../storage/message-log.ts'
import { openSqliteLog } from '../storage/message-log-sqlite.ts'
import { StoreAway } from '../storage/store-away.ts'
import { standingClock } from './clock.ts'
import { SHARED_FOR_MS, createSharedReads, type SharedReads } from './shared-reads.ts'

describe('reads that are shared', () => {
  const clock = standingClock()
  let log: MessageLog
  let at: Cursor | null
  let asked: number
  let away: boolean
  let read: SharedReads
  beforeEach(async () => {
    log = await openSqliteLog({ path: ':memory:', historyLimit: 100 })
    asked = 0
    away = false
    at = (await log.sync(LOBBY, null, 1)).cursor
    const counting: Pick<MessageLog, 'sync'> = {
      sync(...question) {
        asked += 1
        return away ? Promise.reject(new StoreAway('away')) : log.sync(...question)
      }
    }
    read = createSharedReads({ log: counting, clock, at: () => at })
  })
  afterEach(() => log.close())
  const say = async () => {
    const { event, before } = await log.append({
      kind: 'sent',
      room: LOBBY,
      id: newId(),
      by: { id: null, name: 'ana' },
      at: 1,
      text: 'text'
    })
    return { epoch: before.epoch, seq: event.seq, id: event.id }
  }

  it('a thousand clients with one hole are one read', async () => {
    const start = at
    for (let each = 0; each < 5; each += 1) at = await say()
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => read(LOBBY, start, 50)))
    expect(asked).toBe(1)
    expect(answers.every(({ cursor }) => cursor.seq === 5)).toBe(true)
  })

  it('different questions are different reads', async () => {
    const start = at
    at = await say()
    await Promise.all([read(LOBBY, null, 50), read(LOBBY, start, 50), read(LOBBY, start, 10)])
    expect(asked).toBe(3)
  })

  it('nobody is given an answer from before what they have missed', async () => {
    const start = at
    await read(LOBBY, start, 50)
    at = await say()
    expect((await read(LOBBY, start, 50)).cursor.seq).toBe(1)
    expect(asked).toBe(2)
  })

  it('an answer is forgotten after a moment, and a failure at once', async () => {
    await read(LOBBY, null, 50)
    await clock.advance(SHARED_FOR_MS)
    await read(LOBBY, null, 50)
    expect(asked).toBe(2)
    await clock.advance(SHARED_FOR_MS)
    away = true
    await expect(read(LOBBY, null, 50)).rejects.toThrow(StoreAway)
    away = false
    await read(LOBBY, null, 50)
    expect(asked).toBe(4)
  })
})
