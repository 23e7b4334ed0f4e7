import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import type { BusMessage } from '../bus/messages.ts'
import { LOBBY } from '../contract.ts'
import { createReads, STORED_EVERY_MS, STORED_TOGETHER_EVERY_MS } from './reads.ts'
import type { Reading, ReadsStore } from './store.ts'

function open() {
  const clock = standingClock(0)
  const stored: string[] = []
  const sent: string[] = []
  const onlyHere = new Set<string>()
  const elsewhere = new Set<string>()
  const written = (readings: readonly Reading[]) =>
    readings.map(({ person, positions }) => `${person} ${positions.map(({ seq }) => seq).join()}`)
  const store = {
    move: async (readings: Reading[]) => void stored.push(...written(readings)),
    unread: async () => [],
    remove: async (person: string) => void stored.push(`without ${person}`)
  } as unknown as ReadsStore
  const send = (message: BusMessage) => void (message.kind === 'read' && sent.push(...written(message.readings)))
  const reads = createReads({
    store,
    bus: { isReceiving: true, send, onMessage() {} },
    clock,
    isElsewhere: (person) => elsewhere.has(person),
    isOnlyHere: (person) => onlyHere.has(person),
    isActive: () => true,
    onMoved() {},
    onError() {}
  })
  const read = (person: string, seq: number) => reads.move(person, [{ room: LOBBY, epoch: 'e', seq, back: 0 }])
  return { clock, stored, sent, onlyHere, elsewhere, reads, read }
}

test('what a person reads is stored at once, and then at most once in two seconds, the newest', async () => {
  const { clock, stored, reads, read } = open()
  for (let seq = 1; seq <= 100; seq += 1) {
    read('ana', seq)
    await clock.advance(STORED_EVERY_MS / 50)
  }
  expect(stored[0]).toBe('ana 1')
  expect(stored.length).toBeLessThanOrEqual(3)
  await reads.close()
  expect(stored.at(-1)).toBe('ana 100')
})

test('the positions of those who may wait are stored together once a day, and soon when one of them may wait no longer', async () => {
  const { clock, stored, sent, onlyHere, elsewhere, reads, read } = open()
  for (const person of ['ana', 'bo', 'cy']) onlyHere.add(person)
  for (let seq = 1; seq <= 3; seq += 1) {
    for (const person of onlyHere) read(person, seq)
    await clock.advance(10 * STORED_EVERY_MS)
  }
  expect(stored).toEqual([])
  onlyHere.delete('ana')
  await clock.advance(STORED_EVERY_MS)
  expect(stored.splice(0)).toEqual(['ana 3'])

  // On another device, elsewhere.
  elsewhere.add('bo')
  onlyHere.delete('bo')
  await clock.advance(STORED_EVERY_MS)
  expect([stored.splice(0), sent.splice(0)]).toEqual([['bo 3'], ['bo 3']])

  await reads.unread('cy')
  expect(stored.splice(0)).toEqual(['cy 3'])
  read('cy', 4)
  await clock.advance(STORED_TOGETHER_EVERY_MS)
  expect([stored.splice(0), sent]).toEqual([['cy 4'], []])

  read('cy', 5)
  await reads.forget('cy')
  await reads.close()
  expect(stored).toEqual(['without cy'])
})

test('an instance that ends stores and sends what has waited', async () => {
  const { stored, sent, onlyHere, elsewhere, reads, read } = open()
  onlyHere.add('ana')
  read('ana', 1)
  elsewhere.add('ana')
  await reads.close()
  expect([stored, sent]).toEqual([['ana 1'], ['ana 1']])
})
