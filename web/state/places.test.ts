import { expect, test } from 'vitest'
import { mapStorage } from './page.fixture.ts'
import { tabPlaces } from './places.ts'

const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']

test('in a room named like what every object inherits the person has a place only after reading there, also after a reload', () => {
  const storage = mapStorage()
  const places = tabPlaces('ana', storage)
  for (const room of INHERITED) expect(places.anchor(room)).toBeUndefined()
  for (const [seq, room] of INHERITED.entries()) places.setAnchor(room, { epoch: 'one', seq, id: 'a', top: 0 })
  places.keepOpen(INHERITED)
  const again = tabPlaces('ana', storage)
  expect(INHERITED.map((room) => again.anchor(room)?.seq)).toEqual([0, 1, 2, 3])
  expect(again.opened()).toEqual(INHERITED)
})

test.each(['{', 'null', '[]', '{"rooms":5}', '{"anchors":{"lobby":7}}'])(
  'what cannot be read is as if new: %s',
  (stored) => {
    const storage = mapStorage()
    storage.setItem('taifas:places:ana', stored)
    const places = tabPlaces('ana', storage)
    expect([places.anchor('lobby'), places.opened()]).toEqual([undefined, []])
  }
)
