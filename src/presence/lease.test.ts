import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guest, person } from '../../infra/testing/presence-simulation.ts'
import { PERSON_ROOMS_MAX, type Present } from '../contract.ts'
import {
  LEASE_KEYS_MAX,
  LEASE_NAMES_MAX_BYTES,
  decodeLeases,
  encodeLease,
  leaseRooms,
  namesIn,
  type LeaseRooms
} from './lease.ts'

const bytes = (rooms: LeaseRooms) => Buffer.byteLength(JSON.stringify([...rooms]))

test('names are written once, and a reader finds all of them', () => {
  const somebody = fc.record({ n: fc.nat(8), guest: fc.boolean() })
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.array(somebody)), (given) => {
      const rooms = new Map(
        Object.entries(given).map(([room, all]): [string, Present[]] => {
          const people = all.map(({ n, guest: isGuest }) =>
            isGuest ? guest(`${n}`, `g${n}`) : person(`${n}`, `p${n}`)
          )
          return [room, [...new Map(people.map((who) => [who.key, who])).values()]]
        })
      )
      const written = leaseRooms(rooms, false)
      const people = [...rooms.values()].flat()
      const named = [...written.values()].flatMap((room) => room.people)
      expect(named.length).toBe(new Set(people.map(({ key }) => key)).size)
      for (const who of people) expect(namesIn(written).get(who.key)).toEqual(who)
      for (const [room, all] of rooms) expect(written.get(room)?.keys).toEqual(all.map(({ key }) => key))
    })
  )
})

test('a person with another name in one of their rooms is named there too', () => {
  const rooms = new Map([
    ['a', [person('Ana', 'key')]],
    ['b', [person('Anna', 'key')]],
    ['c', [person('Ana', 'key')]]
  ])
  const written = leaseRooms(rooms, false)
  expect([...written.values()].map(({ people }) => people.map(({ name }) => name))).toEqual([['Ana'], ['Anna'], []])
})

test('the previous build finds every name in the room that it reads', () => {
  const people = [person('Ana'), guest('Bo')]
  const rooms = new Map(['a', 'b'].map((room) => [room, people]))
  const written = leaseRooms(rooms, true)
  for (const { people: named } of written.values()) expect(named).toEqual(people)
})

test('five hundred people with the longest names in the most rooms stay within the bound', () => {
  const people = Array.from({ length: 500 }, (_, n) =>
    person(`${n}`.padStart(3, '0') + '😀'.repeat(197), `key-${n}-1234`)
  )
  const rooms = new Map(Array.from({ length: PERSON_ROOMS_MAX }, (_, n) => [`room-${n}`, people]))
  for (const namesInEveryRoom of [false, true]) {
    const written = leaseRooms(rooms, namesInEveryRoom)
    console.log(`500 people in ${PERSON_ROOMS_MAX} rooms: ${bytes(written)} B, in every room: ${namesInEveryRoom}`)
    expect(bytes(written)).toBeLessThan(LEASE_NAMES_MAX_BYTES + LEASE_KEYS_MAX * 20)
    expect([...written.values()].every(({ count, keys }) => count === 500 && keys.length === 500)).toBe(true)
  }
})

test('the longest names are left out first, and their people are counted', () => {
  const long = Array.from({ length: 1_000 }, (_, n) => guest('ł'.repeat(200), `long-${n}`))
  const short = Array.from({ length: 1_000 }, (_, n) => guest(`Ana ${n}`, `short-${n}`))
  const lobby = leaseRooms(new Map([['lobby', [...long, ...short]]]), false).get('lobby')
  expect(lobby).toMatchObject({ count: 2_000, keys: { length: 2_000 } })
  const named = lobby?.people.map(({ key }) => key) ?? []
  expect(named.filter((key) => key.startsWith('short'))).toHaveLength(1_000)
  expect(named.length).toBeLessThan(2_000)
})

test('the largest rooms are written as numbers when there are more keys than fit', () => {
  const somebody = person('Ana')
  const listed = (sizes: number[]) => {
    const rooms = new Map(sizes.map((size, n) => [`room-${n}`, Array.from({ length: size }, () => somebody)]))
    return [...leaseRooms(rooms, false).values()].map(({ keys }) => keys.length)
  }
  expect(listed([])).toEqual([])
  expect(listed([LEASE_KEYS_MAX])).toEqual([LEASE_KEYS_MAX])
  expect(listed([10, LEASE_KEYS_MAX, 20])).toEqual([10, 0, 20])
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 12_000 })), (sizes) => {
      const sum = listed(sizes).reduce((all, size) => all + size, 0)
      expect(sum).toBeLessThanOrEqual(LEASE_KEYS_MAX)
    }),
    { numRuns: 20 }
  )
})

test('a lease with ten thousand keys in one room is smaller than one with the most names, and read in milliseconds', () => {
  const people = Array.from({ length: 10_000 }, (_, n) => person(`Somebody ${n}`, `key-${n}`.padEnd(11, 'x')))
  const rooms = leaseRooms(new Map([['lobby', people]]), false)
  const lease = { v: 2, instance: 'east', boot: 'one', region: 'here', version: 1, moving: false, rooms }
  const written = encodeLease(lease)
  const begun = performance.now()
  expect(decodeLeases([written])).toEqual([lease])
  console.log(`10,000 keys: ${written.length} B, decoded in ${(performance.now() - begun).toFixed(1)} ms`)
  expect(written.length).toBeLessThan(LEASE_NAMES_MAX_BYTES / 2)
})
