import { expect, it } from 'vitest'
import { createBudget, type BudgetName, type Spender } from './budget.ts'
import { ChatError } from '../errors.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import type { Clock } from '../clock.ts'
import { readBusMessage, type Bus } from '../bus/messages.ts'

const BURST = 60
const PER_SECOND = 20
/** What one address has at once. */
const ADDRESS_BURST = 10 * BURST

function open({ clock = standingClock(), bus = null }: { clock?: Clock; bus?: Bus | null } = {}) {
  const exceeded: BudgetName[] = []
  const onExceeded = (name: BudgetName) => exceeded.push(name)
  const budget = createBudget({ burst: BURST, perSecond: PER_SECOND, clock, bus, onExceeded })
  const isRefused = (spender: Spender, cost = 1, kind: 'read' | 'write' = 'read') => {
    try {
      budget.spend(spender, cost, kind)
      return false
    } catch (cause) {
      if (!(cause instanceof ChatError)) throw cause
      return true
    }
  }
  /** How many of so many operations pass. */
  const passed = (spender: Spender, operations: number, kind: 'read' | 'write' = 'read') =>
    Array.from({ length: operations }).filter(() => !isRefused(spender, 1, kind)).length
  return { ...budget, exceeded, isRefused, passed }
}

const person = (id: string, address = 'class', connection = id): Spender => ({ person: { id }, address, connection })
const guest = (connection: string, address = 'class'): Spender => ({ person: null, address, connection })
const stranger = (address = 'class'): Spender => ({ person: null, address })

it('a person has one budget on all connections, and an address ten times as much', () => {
  const { passed, exceeded } = open()
  expect(passed(person('ana', 'home', 'tab 1'), 40)).toBe(40)
  expect(passed(person('ana', 'office', 'tab 2'), 40)).toBe(20)
  const guests = Array.from({ length: 700 }, (_, nth) => passed(guest(`${nth}`), 1))
  expect(guests.slice(0, ADDRESS_BURST)).not.toContain(0)
  expect(new Set(exceeded)).toEqual(new Set(['person']))
})

it('an operation that is refused by one budget costs nothing in the others', () => {
  const { passed, spend } = open()
  expect(passed(guest('flood'), 10_000)).toBe(BURST)
  expect(passed(stranger(), 10_000)).toBe(ADDRESS_BURST - BURST)
  expect(() => spend(guest('flood', 'elsewhere'), 1)).toThrow(
    expect.objectContaining({ reason: 'too-fast', retryAfterMs: 1_000 / PER_SECOND })
  )
})

it('a person who floods behind a shared address is limited, and twenty-nine others always pass', async () => {
  const clock = standingClock()
  const { isRefused, passed } = open({ clock })
  const others = Array.from({ length: 29 }, (_, nth) => person(`pupil ${nth}`))
  const refused: string[] = []
  let flood = 0
  for (let second = 0; second < 30; second += 1)
    for (const [nth, other] of others.entries()) {
      await clock.advance(1_000 / others.length)
      flood += passed(stranger(), 100)
      // Everybody says something every two seconds.
      if ((nth + second) % 2 === 0 && isRefused(other)) refused.push(`${nth}, ${second} s`)
    }
  expect(refused).toEqual([])
  // The flooder gets what the others leave: a burst, and then less than the address gains.
  expect(flood).toBeLessThanOrEqual(ADDRESS_BURST + 30 * 10 * PER_SECOND)
  expect(flood).toBeGreaterThan(20 * 10 * PER_SECOND)
})

it('strangers behind an address write at a tenth of its rate, a class of them talks freely, and a person is not affected', async () => {
  const clock = standingClock()
  const { passed, isRefused } = open({ clock })
  passed(stranger(), ADDRESS_BURST, 'write')
  let flood = 0
  for (let second = 0; second < 60; second += 1) {
    await clock.advance(1_000)
    flood += passed(stranger(), 100, 'write')
    for (let pupil = 0; pupil < 30; pupil += 10)
      expect(isRefused(guest(`pupil ${pupil + (second % 10)}`), 1, 'write'), `${second} s`).toBe(false)
    expect(isRefused(person('ana'), 1, 'write')).toBe(false)
  }
  expect(flood).toBeLessThanOrEqual(60 * PER_SECOND)
})

it('new names, connections and sessions do not refill the budget of an address', async () => {
  const clock = standingClock()
  const { isRefused } = open({ clock })
  let done = 0
  for (let nth = 0; nth < 5_000; nth += 1) {
    if (!isRefused(stranger(), 5) && !isRefused(person(`name ${nth}`))) done += 1
    await clock.advance(1)
  }
  // Six tokens each, and what 5 s bring; the reserve is for members who spend less than others.
  expect(done).toBeLessThanOrEqual((ADDRESS_BURST + 5 * 10 * PER_SECOND) / 5)
})

it('a big answer is a debt that is paid before the next operation', async () => {
  const clock = standingClock()
  const { owe, spend, isRefused } = open({ clock })
  spend(person('ana'), 1)
  owe(person('ana'), BURST + 9)
  expect(() => spend(person('ana'), 1)).toThrow(expect.objectContaining({ retryAfterMs: 550 }))
  await clock.advance(550)
  expect(isRefused(person('ana'))).toBe(false)
  owe(person('ana'), 1_000_000)
  // A debt never exceeds one burst, so nobody is locked out for longer than it takes to gain that.
  await clock.advance(((BURST + 1) / PER_SECOND) * 1_000)
  expect(isRefused(person('ana'))).toBe(false)
})

it('under the pressure of many addresses the process refuses the busiest, and an ordinary one passes', async () => {
  const clock = standingClock()
  const { passed, isRefused, exceeded } = open({ clock })
  let flood = 0
  for (let second = 0; second < 4; second += 1) {
    for (let address = 0; address < 200; address += 1) flood += passed(stranger(`bot ${address}`), 100)
    expect(isRefused(person('ana', 'home')), `${second} s`).toBe(false)
    await clock.advance(1_000)
  }
  // A reserve of half as much at most is left for people who spend less than others.
  expect(flood).toBeLessThan(1.5 * 250 * (BURST + 4 * PER_SECOND))
  expect(exceeded).toContain('process')
})

/** Instances joined by a bus that loses nothing. */
function openThree() {
  const clock = standingClock()
  const listeners: ((sent: unknown) => void)[] = []
  const sent: unknown[] = []
  const instances = [0, 1, 2].map((me) => {
    const bus: Bus = {
      isReceiving: true,
      onMessage() {},
      send(message) {
        sent.push(message)
        listeners.forEach((listen, nth) => nth !== me && listen(JSON.parse(JSON.stringify(message))))
      }
    }
    const instance = open({ clock, bus })
    listeners.push((value) => {
      const message = readBusMessage(value)
      if (message?.kind === 'spent') instance.onMessage(message)
    })
    return instance
  })
  return { clock, instances, sent }
}

it.each([
  ['person', person('ana', 'home'), PER_SECOND],
  ['address', stranger(), 10 * PER_SECOND]
])('three instances share the budget of one %s', async (_, spender, perSecond) => {
  const { clock, instances } = openThree()
  const countFor = async (seconds: number) => {
    let count = 0
    for (let step = 0; step < seconds * 10; step += 1) {
      for (const { passed } of instances) count += passed(spender, 30)
      await clock.advance(100)
    }
    return count
  }
  await countFor(10)
  // Exactly once would need a round trip each time; half as much again is the bound.
  expect(await countFor(15)).toBeLessThan(1.5 * 15 * perSecond)
})

it('three instances share the new rooms of one address, and another address has its own', async () => {
  const { clock, instances } = openThree()
  let rooms = 0
  for (let round = 0; round < 60; round += 1) {
    for (const { wait, created } of instances) {
      if (wait('rooms', 'class') > 0) continue
      created('rooms', 'class')
      rooms += 1
    }
    await clock.advance(1_000)
  }
  // Less than a quarter is not shared.
  expect(rooms).toBeLessThanOrEqual(1.5 * 30)
  for (const { wait } of instances) expect([wait('rooms', 'class') > 0, wait('rooms', 'home')]).toEqual([true, 0])
})

it('somebody who floods an address elsewhere does not limit the others behind it here', async () => {
  const { clock, instances } = openThree()
  const [here, there, alsoThere] = instances
  const refused: string[] = []
  for (let step = 0; step < 300; step += 1) {
    there?.passed(stranger(), 30)
    alsoThere?.passed(stranger(), 30)
    await clock.advance(100)
    for (const id of step % 10 === 0 ? ['bo', 'cy'] : [])
      if (here?.isRefused(person(id))) refused.push(`${id}, ${step}`)
  }
  expect(refused).toEqual([])
})

it('ordinary spending is not sent to other instances, and nobody is named', async () => {
  const { clock, instances, sent } = openThree()
  for (let second = 0; second < 60; second += 1) {
    for (const id of ['ana', 'bo', 'cy']) instances[0]?.passed(person(id), 2)
    await clock.advance(1_000)
  }
  expect(sent).toEqual([])
  instances[0]?.passed(person('flooder'), 60)
  await clock.advance(1_000)
  expect(sent).toHaveLength(1)
  expect(JSON.stringify(sent)).not.toMatch(/flooder|class/)
})
