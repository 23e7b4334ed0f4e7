import { expect, test } from 'vitest'
import { mapStorage } from './page.fixture.ts'
import { tabPlaces } from './places.ts'

const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']

test('a room named like what every object inherits was never read before it was, and is known after a reload', () => {
  const storage = mapStorage()
  const places = tabPlaces('ana', storage)
  for (const room of INHERITED) expect(places.get(room)).toBeUndefined()
  for (const [seq, room] of INHERITED.entries()) places.set(room, { epoch: 'one', seq })
  places.keepOpen(INHERITED)
  const again = tabPlaces('ana', storage)
  expect(INHERITED.map((room) => again.get(room)?.seq)).toEqual([0, 1, 2, 3])
  expect(again.opened()).toEqual(INHERITED)
})

test.each(['{', 'null', '[]', '{"rooms":5}', '{"read":{"lobby":7}}'])(
  'what cannot be read is as if new: %s',
  (kept) => {
    const storage = mapStorage()
    storage.setItem('taifas:places:ana', kept)
    const places = tabPlaces('ana', storage)
    expect([places.get('lobby'), places.opened()]).toEqual([undefined, []])
  }
)
