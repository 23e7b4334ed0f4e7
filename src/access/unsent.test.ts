import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createUnsentBudget, type UnsentBudget } from './unsent.ts'
import { unsentLimits } from './unsent-limits.ts'

const MB = 1_000_000
const limits = { addressBytes: 10 * MB, processBytes: 40 * MB }

describe('the budget of unsent bytes', () => {
  let clock: ReturnType<typeof standingClock>
  let budget: UnsentBudget
  let cuts: number[]
  beforeEach(() => {
    clock = standingClock()
    cuts = []
    budget = createUnsentBudget({ limits, clock, onCut: (bytes) => cuts.push(bytes) })
  })
  afterEach(() => budget.close())

  function receiver(address: string, bytes: number) {
    const one = { address, bytes, isCut: false }
    budget.add({
      address,
      unsent: () => one.bytes,
      cut() {
        one.isCut = true
        one.bytes = 0
      }
    })
    return one
  }

  it('cuts the heaviest receivers of an address above its limit until it is below; other addresses keep theirs', async () => {
    const small = receiver('a', 1 * MB)
    const [heavy, heavier] = [receiver('a', 5 * MB), receiver('a', 6 * MB)]
    const other = receiver('b', 9 * MB)
    await clock.advance(1_000)
    expect([small.isCut, heavy.isCut, heavier.isCut, other.isCut]).toEqual([false, false, true, false])
    expect(cuts).toEqual([6 * MB])
  })

  it('cuts receivers of the heaviest address first when the process is above its limit', async () => {
    const light = ['b', 'c', 'd', 'e'].map((address) => receiver(address, 8 * MB))
    const heavy = [receiver('a', 4.5 * MB), receiver('a', 5 * MB)]
    await clock.advance(1_000)
    expect(light.some(({ isCut }) => isCut)).toBe(false)
    expect(heavy.map(({ isCut }) => isCut)).toEqual([false, true])
  })

  it('counts reservations, and bytes written since the last measurement', async () => {
    const settles = await Promise.all(Array.from({ length: 7 }, () => budget.reserve('a', 1 * MB)))
    let granted = false
    const next = budget.reserve('a', 1 * MB).then((settle) => {
      granted = true
      return settle
    })
    await clock.advance(100)
    expect(granted).toBe(false)
    expect(await budget.reserve('b', 1 * MB)).not.toBeNull()
    for (const settle of settles) settle?.(1 * MB)
    // Everything was read meanwhile.
    await clock.advance(200)
    expect(await next).not.toBeNull()
    expect(cuts).toEqual([])
  })

  it('lets a client wait for clients that read, and cuts those that do not', async () => {
    const [stuck, reading] = [receiver('a', 4 * MB), receiver('a', 3 * MB)]
    const slow = budget.reserve('a', 1 * MB)
    await clock.advance(1_000)
    reading.bytes = 0
    await clock.advance(200)
    expect(await slow).not.toBeNull()
    expect(stuck.isCut).toBe(false)
    reading.bytes = 3 * MB
    const another = budget.reserve('a', 1 * MB)
    await clock.advance(2_200)
    expect(await another).not.toBeNull()
    expect([stuck.isCut, reading.isCut]).toEqual([true, false])
  })

  it('refuses when reservations alone fill the budget', async () => {
    await Promise.all(Array.from({ length: 7 }, () => budget.reserve('a', 1 * MB)))
    const next = budget.reserve('a', 1 * MB)
    await clock.advance(2_200)
    expect(await next).toBeNull()
  })
})

it('is a part of the heap: a quarter of it for one address, or half when a proxy is the address of all clients', () => {
  const part = (perAddress: number, max: number, heapMb: number) => {
    const { addressBytes, processBytes } = unsentLimits({ perAddress, max }, heapMb * MB)
    return [Math.round(processBytes / MB), Math.round(addressBytes / MB)]
  }
  expect(part(500, 10_000, 256)).toEqual([43, 11])
  expect(part(500, 10_000, 4_096)).toEqual([256, 64])
  expect(part(10_000, 10_000, 256)).toEqual([43, 21])
})
