// The checks themselves: they accept a correct history, and each finds the fault that it exists for.
import { describe, expect, test } from 'vitest'
import {
  disagreements,
  holes,
  lost,
  mixtures,
  ordersOf,
  outOfTurn,
  phantoms,
  repeated,
  type Acknowledged,
  type Sent,
  type Shown
} from './history.ts'

const ROOM = 'lobby'
const sent: Sent[] = Array.from({ length: 6 }, (_, n) => ({
  client: n % 2 ? 'Ana' : 'Bo',
  room: ROOM,
  id: `m${n + 1}`,
  text: `text ${n + 1}`
}))
const acknowledged: Acknowledged[] = sent.map(({ client, room, id }, n) => ({ client, room, id, seq: n + 1 }))
const screen = (client: string): Shown[] =>
  sent.map(({ room, id, text }, n) => ({ client, room, id, text, epoch: 'first', seq: n + 1 }))
/** Two screens, the second changed. */
const planted = (change: (shown: Shown[]) => Shown[]) => [...screen('one'), ...change(screen('two'))]
const swapped = (shown: Shown[]) => shown.toSpliced(2, 2, ...shown.slice(2, 4).toReversed())
const right = planted((shown) => shown)

test('a right history gives no complaint', () => {
  expect(lost(acknowledged, right)).toEqual([])
  expect(repeated(right, acknowledged)).toEqual([])
  expect(phantoms(right, sent)).toEqual([])
  expect(disagreements(ordersOf(right))).toEqual([])
  expect(outOfTurn(right, sent)).toEqual([])
  expect(holes(right)).toEqual([])
  expect(mixtures(right)).toEqual([])
})

describe('a planted', () => {
  test('loss is noticed, also by a client that shows nothing at all', () => {
    const history = planted((shown) => shown.toSpliced(3, 1))
    expect(lost(acknowledged, history)).toEqual(['two never showed m4, acknowledged at 4 of lobby'])
    expect(holes(history)).toEqual(['two in lobby (first, screen 0) shows 5 right after 3'])
    expect(lost(acknowledged, screen('one'), ['one', 'three'])).toHaveLength(acknowledged.length)
  })

  test('message at another place than acknowledged is noticed', () => {
    const history = planted((shown) => shown.map((one) => (one.id === 'm6' ? { ...one, seq: 7 } : one)))
    expect(lost(acknowledged, history)).toEqual(['two showed m6 at 7 of lobby, acknowledged was 6'])
  })

  test('repeat is noticed: of a message, of a number, of an acknowledgement', () => {
    const again = planted((shown) => [...shown, { ...(shown[1] as Shown), seq: 7 }])
    expect(repeated(again)).toEqual(['two in lobby (first, screen 0) shows the message m2 twice'])
    expect(disagreements(ordersOf(again))).toHaveLength(1)
    const number = planted((shown) => shown.map((one) => (one.id === 'm6' ? { ...one, seq: 5 } : one)))
    expect(repeated(number)).toEqual(['two in lobby (first, screen 0) shows the number 5 twice'])
    const known = [...acknowledged, { client: 'Ana', room: ROOM, id: 'm2', seq: 9 }]
    expect(repeated(right, known)).toEqual(['lobby m2 was acknowledged with several numbers: 2, 9'])
  })

  test('swap is noticed: as several orders, as numbers that don’t rise', () => {
    const history = planted(swapped)
    expect(disagreements(ordersOf(history))).toEqual([
      'no one order holds m3, m4, m5, m6 as shown by one in lobby (first, screen 0), two in lobby (first, screen 0)'
    ])
    expect(holes(history)).not.toEqual([])
  })

  test('swap that only three screens together show is noticed', () => {
    const orders = new Map([
      ['one', ['a', 'b']],
      ['two', ['b', 'c']],
      ['three', ['c', 'a']]
    ])
    expect(disagreements(orders)).toHaveLength(1)
    expect(disagreements(orders.set('three', ['a', 'c']))).toEqual([])
  })

  test('swap of one person’s words is noticed, though all screens agree', () => {
    const swap = (shown: Shown[]) =>
      shown.map((one, n) => ({ ...one, id: shown[n === 1 ? 3 : n === 3 ? 1 : n]?.id ?? '' }))
    const history = [...swap(screen('one')), ...swap(screen('two'))]
    expect(disagreements(ordersOf(history))).toEqual([])
    expect(outOfTurn(history, sent)).toEqual([
      'one in lobby (first, screen 0) shows m2 of Ana after what was sent later',
      'two in lobby (first, screen 0) shows m2 of Ana after what was sent later'
    ])
  })

  test('phantom is noticed: a message, or a text, that nobody sent', () => {
    const ghost = planted((shown) => [...shown, { ...(shown[0] as Shown), id: 'ghost', seq: 7 }])
    expect(phantoms(ghost, sent)).toEqual(['two showed ghost in lobby, which nobody sent'])
    const elsewhere = planted((shown) => shown.map((one) => (one.seq === 1 ? { ...one, room: 'other' } : one)))
    expect(phantoms(elsewhere, sent)).toEqual(['two showed m1 in other, which nobody sent'])
    const words = planted((shown) => shown.map((one) => (one.seq === 1 ? { ...one, text: 'other' } : one)))
    expect(phantoms(words, sent)).toEqual(['two showed m1 as "other", sent was "text 1"'])
  })

  test('mixed epoch is noticed: one place with two messages, and a way back to an epoch that was left', () => {
    const otherLife = planted((shown) => shown.map((one) => (one.seq === 6 ? { ...one, id: 'other' } : one)))
    expect(mixtures(otherLife)).toEqual(['lobby first/6 is several messages: m6, other'])
    const back = planted((shown) => shown.map((one) => (one.seq === 3 ? { ...one, epoch: 'second' } : one)))
    expect(mixtures(back)).toEqual(['two in lobby went back to the epoch first'])
  })
})

test('a fresh start begins a screen of its own: what was on the last one may be shown again, and further on', () => {
  const history = [
    ...screen('one'),
    ...screen('one')
      .slice(4)
      .map((one) => ({ ...one, screen: 1 }))
  ]
  expect(repeated(history)).toEqual([])
  expect(holes(history)).toEqual([])
  expect(disagreements(ordersOf(history))).toEqual([])
})
