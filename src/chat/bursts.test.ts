// Bursts of heavy operations pass in parts, so that others are served between.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { LOBBY, newId } from '../contract.ts'
import type { MessageLog } from '../log/message-log.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { createInvitations } from '../people/invitations.ts'
import { createSharedTable } from '../people/shared-table.ts'
import { createRestrictions } from '../people/restrictions.ts'
import { createStandings } from '../people/standings.ts'
import { openSqliteTable } from '../people/table-sqlite.ts'
import { openSqlitePeople } from '../people/sqlite.ts'
import { openSqliteAlerts } from '../alerts/sqlite.ts'
import { openSqliteReads } from '../reads/sqlite.ts'
import { createChat, type Caller, type Chat } from './chat.ts'
import { LIST_KEPT_FOR_MS } from './room-directory.ts'

const BURST = 60
const ana: Caller = { person: { id: newId(), key: 'ana', name: 'Ana', moderator: false }, name: 'Ana', address: 'home' }
const guest = (address: string): Caller => ({ person: null, name: 'guest', address })

let log: MessageLog
let chat: Chat
let clock: ReturnType<typeof standingClock>
let turn = 0
let counting: NodeJS.Immediate
beforeEach(async () => {
  const opened = await openSqliteStores({ path: ':memory:', historyLimit: 10_000 })
  ;({ log } = opened)
  const persons = openSqlitePeople(opened.file)
  const reads = openSqliteReads(opened.file)
  const onError = (cause: unknown) => expect.fail(String(cause))
  clock = standingClock()
  const rate = { burst: BURST, perSecond: 20 }
  const table = createSharedTable({ store: openSqliteTable(opened.file), bus: noBus, clock, onError })
  const standings = createStandings(table)
  chat = createChat({
    log,
    bus: noBus,
    clock,
    rate,
    roomLimit: 9,
    persons,
    table,
    standings,
    restrictions: createRestrictions({ table, standings, secret: 'a secret', clock, onError }),
    invitations: createInvitations({ table, standings, clock }),
    reads,
    alerts: openSqliteAlerts(opened.file),
    sendPush: () => Promise.reject(),
    pushKey: () => Promise.reject(),
    onError
  })
  const count = () => {
    turn += 1
    counting = setImmediate(count)
  }
  count()
})
afterEach(async () => {
  clearImmediate(counting)
  await chat.close()
  await log.close()
})

const send = (caller: Caller, text: string) => chat.send(caller, { room: LOBBY, id: newId(), text })

it('messages of strangers are stored a few at a time, in their order, and neither a person nor another address waits for them', async () => {
  const order: string[] = []
  const note = async (caller: Caller, text: string) => {
    await send(caller, text)
    order.push(text)
  }
  const flood = Array.from({ length: 400 }, (_, nth) => `flood ${nth}`)
  const sent = [...flood.map((text) => note(guest('crowd'), text)), note(guest('elsewhere'), 'other'), note(ana, 'Ana')]
  await Promise.all(sent)
  expect(order.filter((text) => text.startsWith('flood'))).toEqual(flood)
  expect(order.indexOf('other')).toBeLessThan(20)
  expect(order.indexOf('Ana')).toBeLessThan(20)
})

it('large answers and lists are read and given one in a turn of the event loop, small ones at once', async () => {
  await chat.open(ana, LOBBY, null)
  for (let nth = 0; nth < 12; nth += 1) await send(ana, `${nth} `.padEnd(2_000, 'x'))
  const pages = (limit: number) =>
    Promise.all(
      [12, 11, 10, 9].map(async (seq) => {
        await chat.page(ana, LOBBY, { seq }, limit)
        return turn
      })
    )
  expect(new Set(await pages(8)).size).toBe(4)
  // Cached by now: what remains is to encode them.
  expect(new Set(await pages(8)).size).toBe(4)
  await pages(1)
  expect(new Set(await pages(1)).size).toBe(1)
  const lists = async () => new Set(await Promise.all([1, 2, 3, 4].map(() => chat.rooms(ana).then(() => turn)))).size
  expect(await lists()).toBe(1)
  for (let nth = 0; nth < 100; nth += 1)
    await log.createRoom({ id: `room-${nth}`, title: `Room ${nth}`, by: null, at: 1 }, 200)
  await clock.advance(LIST_KEPT_FOR_MS)
  expect(await lists()).toBe(4)
})
