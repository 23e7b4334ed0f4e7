import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import type { Bus, BusMessage } from '../bus/messages.ts'
import { StoreUnavailable } from '../errors.ts'
import { createSharedTable } from './shared-table.ts'
import { createStandings, type Standing } from './standings.ts'
import type { TableRecord, TableStore } from './table-store.ts'

/** A store and a bus that several instances share, each of which can be cut off. */
function openRegions() {
  const clock = standingClock()
  const stored: (TableRecord & { revision: number })[] = []
  const listening = new Set<(message: BusMessage) => void>()

  function instance() {
    const state = { store: true, bus: true, answers: true }
    const changes: [string, Standing][] = []
    const whenReached = () => {
      if (!state.store) throw new StoreUnavailable('test')
    }
    const store: TableStore = {
      async put(records, after) {
        whenReached()
        const newest = stored.at(-1)?.revision ?? 0
        if (newest !== after) return null
        for (const record of records) {
          const old = stored.findIndex(({ key }) => key === record.key)
          if (old >= 0) stored.splice(old, 1)
          stored.push({ ...record, revision: (stored.at(-1)?.revision ?? newest) + 1 })
        }
        if (!state.answers) throw new StoreUnavailable('the answer is lost')
        return newest + records.length
      },
      async list(after) {
        whenReached()
        const records = stored.filter(({ revision }) => revision > after).slice(0, 2)
        return { records, more: records.length === 2 }
      }
    }
    let own: (message: BusMessage) => void = () => {}
    const bus: Bus = {
      isReceiving: true,
      send(message) {
        if (state.bus) for (const listen of listening) if (listen !== own) listen(message)
      },
      onMessage(listen) {
        own = (message) => {
          if (state.bus) listen(message)
        }
        listening.add(own)
      }
    }
    const table = createSharedTable({ store, bus, clock, onError() {} })
    const standings = createStandings(table)
    standings.onChange((person, standing) => changes.push([person, standing]))
    return { table, standings, state, changes }
  }
  return { clock, stored, instance }
}

const become = (role: Standing['role']) => (before: Standing) => ({ ...before, role })

test('a person without a record is a visitor, and a role is known on every instance at once, reported once', async () => {
  const { instance } = openRegions()
  const [one, two] = [instance(), instance()]
  expect(one.standings.of('ana')).toEqual({ role: 'visitor' })
  await one.standings.change('ana', become('moderator'))
  for (const { standings, table, changes } of [one, two]) {
    expect(standings.of('ana')).toEqual({ role: 'moderator' })
    await table.refresh()
    expect(changes).toEqual([['ana', { role: 'moderator' }]])
    expect([...standings.all()]).toEqual([['ana', { role: 'moderator' }]])
  }
})

test('an instance that was cut off from the bus learns it before somebody relies on it', async () => {
  const { instance, clock } = openRegions()
  const [one, two] = [instance(), instance()]
  await two.table.ready()
  two.state.bus = false
  for (const person of ['ana', 'bea', 'cy']) await one.standings.change(person, become('member'))
  await clock.advance(30_001)
  await two.table.ready()
  expect(two.standings.of('cy').role).toBe('member')
  expect(two.changes).toHaveLength(3)
})

test('the last owner stays, also when two owners dismiss each other in two regions at once', async () => {
  const { instance } = openRegions()
  const [one, two] = [instance(), instance()]
  await one.standings.change('ana', become('owner'))
  await expect(one.standings.change('ana', become('visitor'))).rejects.toMatchObject({ reason: 'last-owner' })
  await one.standings.change('bea', become('owner'))
  const results = await Promise.allSettled([
    one.standings.change('ana', become('visitor')),
    two.standings.change('bea', become('visitor'))
  ])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await Promise.all([one, two].map(({ table }) => table.refresh()))
  expect(two.standings.all()).toEqual(one.standings.all())
  expect(one.standings.all().size).toBe(1)
})

test('raising never lowers a role, and a person who is back to nothing special has no record', async () => {
  const { instance } = openRegions()
  const { standings } = instance()
  await standings.change('ana', become('moderator'))
  expect(await standings.raise('ana', 'member')).toEqual({ role: 'moderator' })
  await standings.change('ana', (before) => ({ ...before, role: 'visitor', mutedUntil: 5 }))
  expect([...standings.all()]).toEqual([['ana', { role: 'visitor', mutedUntil: 5 }]])
  await standings.change('ana', () => ({ role: 'visitor' }))
  expect(standings.all().size).toBe(0)
})

test('fields of a newer version stay, and a role that this version does not know has no rights', async () => {
  const { instance, stored } = openRegions()
  const { standings, table } = instance()
  stored.push({ key: 'person:ana', value: '{"role":"archon","shade":"red"}', revision: 1 })
  await table.refresh()
  expect(standings.of('ana')).toEqual({ role: 'visitor', shade: 'red' })
  await standings.raise('ana', 'member')
  expect(JSON.parse(stored.at(-1)?.value ?? '')).toEqual({ role: 'member', shade: 'red' })
})

test('of changes that wait together each sees those before it, and one that is refused leaves the others', async () => {
  const { instance, stored } = openRegions()
  const { standings } = instance()
  const results = await Promise.allSettled([
    standings.change('ana', become('owner')),
    standings.change('ana', become('visitor')),
    standings.change('bea', (_, of) => ({ role: of('ana').role }))
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(standings.of('bea').role).toBe('owner')
  expect(stored).toHaveLength(2)
})

test('after the store was emptied or restored, what it has lost is gone with the next change', async () => {
  const { instance, stored } = openRegions()
  const [one, two] = [instance(), instance()]
  for (const person of ['ana', 'bea']) await one.standings.change(person, become('member'))
  const copy = stored.slice(0, 1)
  await one.standings.change('cy', become('owner'))
  stored.splice(0, Infinity, ...copy)
  await two.standings.change('dee', become('member'))
  expect([...two.standings.all().keys()]).toEqual(['ana', 'dee'])
  expect(two.changes).toContainEqual(['cy', { role: 'visitor' }])
  stored.splice(0)
  await one.standings.raise('eve', 'member')
  expect([...one.standings.all().keys()]).toEqual(['eve'])
})

test('when the table is nearly full nobody becomes a member, and moderators and bans still fit', async () => {
  const { instance } = openRegions()
  const { table } = instance()
  const standings = createStandings(table, { membersUntil: 2 })
  for (const person of ['ana', 'bea']) await standings.raise(person, 'member')
  await expect(standings.raise('cy', 'member')).rejects.toMatchObject({ reason: 'too-many' })
  const inRed = standings.change('cy', (before) => ({ ...before, color: 1 }))
  await expect(inRed).rejects.toMatchObject({ reason: 'too-many' })
  await standings.change('cy', () => ({ role: 'visitor', bannedUntil: 5 }))
  expect(await standings.raise('dee', 'moderator')).toEqual({ role: 'moderator' })
})

test('while the store is away nothing changes, and a write whose answer is lost is found by a repeat', async () => {
  const { instance } = openRegions()
  const { standings, state, changes } = instance()
  state.store = false
  await expect(standings.change('ana', become('member'))).rejects.toThrow(StoreUnavailable)
  expect(changes).toEqual([])
  Object.assign(state, { store: true, answers: false })
  await expect(standings.change('ana', become('member'))).rejects.toThrow(StoreUnavailable)
  state.answers = true
  await standings.change('ana', become('member'))
  expect(changes).toEqual([['ana', { role: 'member' }]])
})
