// Damaged stores: found at the start, and rescued but for what stood in the damaged places.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { LOBBY, newId, type Message } from '../contract.ts'
import { checkWhole } from '../log/sqlite/check.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqlitePeople } from '../people/sqlite.ts'
import { openSqliteDevices } from '../sessions/sqlite-devices.ts'
import { openSqliteRevocations } from '../sessions/sqlite.ts'
import { rescue } from './rescue.ts'

const MESSAGES = 1_000
const PAGE_BYTES = 4_096
const PLACES = 24
const FLIPPED_BYTES = 64

const folder = newFolder()
const open = (path: string) => openSqliteStores({ path, historyLimit: 10_000 })

const DEVICE = { person: 'ana', session: 'one', device: 'Firefox, Linux', region: 'waw', startedAt: 5 }
const ANA = { id: 'ana', name: 'Ană', forms: ['one', 'two'], secret: 'hash', forMs: 60_000 }

/** A store with two rooms, long and short texts, removals, reactions, a sign-out, a person and a device. */
async function makeStore(path: string) {
  const { log, file } = await open(path)
  const room = newId()
  await log.createRoom({ id: room, title: 'Garden', by: 'ana', at: 0 }, 10)
  const by = { id: 'ana', name: 'Ană' }
  const common = { by, at: 0 }
  const sent = await Promise.all(
    Array.from({ length: MESSAGES }, (_, n) => {
      const text = `message ${n} ${n % 400 === 0 ? 'x'.repeat(9_000) : ''}`
      return log.append({ ...common, room: n % 3 ? LOBBY : room, id: newId(), kind: 'sent', text })
    })
  )
  const [first, second] = sent.slice(1).map(({ event }) => event.message.id) as [string, string]
  const to = { ...common, room: LOBBY }
  await log.append({ ...to, id: newId(), kind: 'removed', message: first, asModerator: false })
  await log.append({ ...to, id: newId(), kind: 'reacted', message: second, emoji: '👍', on: true })
  const secret = { room: 'private--cellar', id: 'secret'.padEnd(22, '_') }
  await log.createHidden({ id: secret.room, title: 'Cellar', by: 'ana', at: 0 }, [{ id: 'ana', name: 'Ană' }], 10)
  await log.append({ ...common, ...secret, kind: 'sent', text: 'for members' })
  await openSqliteRevocations(file).add({ session: 'ended', before: 7 })
  await openSqlitePeople(file).claim(ANA)
  await openSqliteDevices(file).used(DEVICE)
  return log
}

async function contents(path: string) {
  const { log, file } = await open(path)
  const rooms = await log.rooms()
  const pages = await Promise.all(
    rooms.map(({ id }) => log.before(id, null, MESSAGES, { removed: true, maxBytes: 1e9 }))
  )
  const revoked = await openSqliteRevocations(file).list(null)
  const heads = await log.heads()
  const devices = await openSqliteDevices(file).list('ana')
  const people = openSqlitePeople(file)
  const hidden = await log.roomsOf('ana')
  const [cellar] = hidden
  const secrets = cellar && (await log.before(cellar.room.id, null, 1, { removed: false })).messages
  const owners = [
    await people.claim({ ...ANA, id: 'again', forms: ['two'] }),
    await people.claim({ ...ANA, id: 'other', secret: '' })
  ]
  await log.close()
  const messages = new Map<string, Message>(pages.flatMap((page) => page.messages).map((one) => [one.id, one]))
  return {
    rooms,
    messages,
    revocations: revoked.revocations,
    devices,
    heads,
    owners,
    hidden: hidden.map(({ head, ...one }) => [one, head.seq]),
    secrets
  }
}

test('a whole file is rescued completely, with what is still in its write-ahead log', async () => {
  const [path, to] = [join(folder, 'whole'), join(folder, 'whole-rescued')]
  const log = await makeStore(path)
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
  expect(await rescue(path, to)).toEqual({ rooms: 3, messages: MESSAGES + 1, withoutText: 0 })
  await log.close()
  expect(await checkWhole(path)).toBe(true)
  expect(await checkWhole(path, 1)).toBe(false)
  const [before, after] = [await contents(path), await contents(to)]
  expect(after.devices).toMatchObject([{ device: 'Firefox, Linux' }])
  expect(after).toEqual({ ...before, heads: expect.any(Map), owners: ['ana', null] })
  for (const [room, head] of before.heads)
    expect(after.heads.get(room)).toEqual({ ...head, epoch: expect.not.stringMatching(head.epoch) })
})

test('64 bytes flipped at 24 places are found, and cost a few messages and no other', async () => {
  const path = join(folder, 'damaged')
  await (await makeStore(path)).close()
  const original = readFileSync(path)
  const before = await contents(path)
  const rates: string[] = []
  for (let round = 1; round <= 3; round += 1) {
    const bytes = Buffer.from(original)
    // The last round damages the beginning, without which SQLite reads nothing at all.
    // Evenly spread, each at another place of its page.
    const places = Array.from({ length: PLACES }, (_, n) => {
      const page = Math.floor(((n + round / 4) * bytes.length) / PLACES / PAGE_BYTES)
      return page * PAGE_BYTES + ((n * 523 + round * 1_031) % (PAGE_BYTES - FLIPPED_BYTES))
    })
    for (const place of round === 3 ? [0, ...places] : places)
      for (let n = place; n < place + FLIPPED_BYTES; n += 1) bytes[n] = ~(bytes[n] ?? 0)
    writeFileSync(path, bytes)
    await expect(checkWhole(path)).rejects.toMatchObject({ name: 'StoreDamaged' })
    const to = join(folder, `rescued-${round}`)
    const { withoutText } = await rescue(path, to)
    expect(readFileSync(path)).toEqual(bytes)
    expect(await checkWhole(to)).toBe(true)
    const { messages } = await contents(to)
    const same = [...messages].filter(([id, one]) => JSON.stringify(before.messages.get(id)) === JSON.stringify(one))
    expect(same.length).toBeGreaterThan(MESSAGES * 0.9)
    rates.push(`${same.length} whole and ${withoutText} without text of ${MESSAGES}`)
  }
  console.log(`rescued of ${Math.ceil(original.length / PAGE_BYTES)} pages: ${rates.join('; ')}`)
}, 30_000)
