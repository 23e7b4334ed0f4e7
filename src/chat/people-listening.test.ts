import { describe, expect, it } from 'vitest'
import { LETTER_MS, guest, standingTown, started } from '../../infra/testing/people-town.ts'

const LONG_MS = 120_000

describe('a client that only listens', () => {
  it('hears who comes and goes elsewhere, with who was there before counted in', async () => {
    const { clock, town } = standingTown()
    const [east, west] = [town.instance('east'), town.instance('west')]
    await started(east, west)
    await clock.advance(LONG_MS)
    await east.arrive(guest('early'))
    await clock.advance(LONG_MS)
    // What an instance without clients announces is heard by nobody.
    const unheard = west.joined().length
    const joined = () => west.joined().slice(unheard)
    const stop = west.people.attend()
    await clock.advance(LETTER_MS)
    expect([joined(), west.count()]).toEqual([[], 1])
    await east.arrive(guest('ana'), 'tab')
    await clock.advance(LETTER_MS)
    expect([joined(), west.count()]).toEqual([['ana'], 2])
    east.people.leave('lobby', guest('ana').key, 'tab', 'said')
    await clock.advance(LETTER_MS)
    expect([west.left(), west.count()]).toEqual([['ana'], 1])
    stop()
  })

  it('has the world read while it is there, nothing written, and nothing asked after', async () => {
    const { clock, town } = standingTown()
    const west = town.instance('west')
    await started(west)
    await clock.advance(LONG_MS)
    west.store.asked.length = 0
    const stop = west.people.attend()
    await clock.advance(60_000)
    expect(west.store.count('world')).toBeGreaterThan(10)
    expect(west.store.count('renew')).toBe(0)
    stop()
    stop()
    await clock.advance(10_000)
    west.store.asked.length = 0
    await clock.advance(LONG_MS)
    expect(west.store.asked).toEqual([])
  })
})
