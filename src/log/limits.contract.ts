// Contract: what one author, one room and one day may store.
import { describe, expect, test } from 'vitest'
import { LOBBY, newId, type Author, type Cursor, type Sync } from '../contract.ts'
import { ana, bob, guest, reasonOf, type LogFixture } from './log.fixture.ts'
import { CHANGES_PER_DAY, DAY_MS, MESSAGE_OVERHEAD_BYTES, REMOVALS_PER_DAY, storedBytes } from './limits.ts'

const LIMIT = 40
const PLENTY = 10_000

export function limitClaims(fixture: LogFixture): void {
  const all = async () => (await fixture.log.before(LOBBY, null, 500, { removed: true })).messages
  const countBy = async ({ id }: Author) => (await all()).filter(({ by }) => by.id === id).length
  const bytes = async () => (await all()).reduce((sum, message) => sum + storedBytes(message), 0)
  /** Appends of many authors in turn. */
  const crowd = Array.from({ length: 10 }, (_, n): Author => ({ id: newId(), name: `Person ${n}` }))
  const fill = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => fixture.send(`by many ${n}`, { by: crowd[n % crowd.length]! })))

  describe('a room', () => {
    test('holds a limited number of bytes, however few messages', async () => {
      const most = 50_000
      await fixture.open(PLENTY, { roomBytesMax: most })
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => fixture.send(`${n} `.padEnd(5_000, 'x'), { by: crowd[n % 10]! }))
      )
      expect(await bytes()).toBeLessThanOrEqual(most)
      expect(await bytes()).toBeGreaterThan(most - 6_000)
      expect((await all()).at(-1)?.text).toMatch(/^29 /)
    })

    test('counts an edited text by its new length', async () => {
      const most = 20_000
      await fixture.open(PLENTY, { roomBytesMax: most })
      await fill(20)
      const { event } = await fixture.send('short')
      await fixture.append({ kind: 'edited', message: event.id, text: 'long'.repeat(3_500) })
      expect(await bytes()).toBeLessThanOrEqual(most)
      expect((await all()).at(-1)?.text).toHaveLength(14_000)
      const left = (await all()).length
      await fixture.append({ kind: 'removed', message: event.id, asModerator: false })
      await fill(10)
      expect((await all()).length).toBe(left + 10)
    })

    test('shrinks to a lowered limit of bytes at once', async () => {
      await fill(200)
      const most = 30 * MESSAGE_OVERHEAD_BYTES
      await fixture.store.reopen(PLENTY, { roomBytesMax: most })
      await expect.poll(bytes, { interval: 20 }).toBeLessThanOrEqual(most)
      expect((await all()).length).toBeGreaterThan(25)
    })
  })

  describe('one author', () => {
    test.each([
      ['a person', bob],
      ['all guests together', guest]
    ])('pushes out no more than a quarter of what others wrote: %s', async (_, by) => {
      await fixture.open(LIMIT)
      await fill(LIMIT)
      const claims = (n: number) => (by.id ? by : { ...by, name: `${n}` })
      await Promise.all(Array.from({ length: LIMIT * 3 }, (_, n) => fixture.send(`flood ${n}`, { by: claims(n) })))
      expect(await countBy(by)).toBeLessThanOrEqual(LIMIT / 4 + 1)
      expect(await all()).toHaveLength(LIMIT)
      expect((await all()).at(-1)?.text).toBe(`flood ${LIMIT * 3 - 1}`)
      await fill(1)
      expect((await all()).at(-1)?.text).toBe('by many 0')
    })

    test.each([
      ['a person', bob],
      ['all guests together', guest]
    ])('who has filled a room pays for what others write then: %s', async (_, by) => {
      const limit = 100
      await fixture.open(limit)
      const first = await fixture.send('the first message', { by: ana })
      await Promise.all(Array.from({ length: limit * 2 }, (_, n) => fixture.send(`flood ${n}`, { by })))
      expect(await countBy(by)).toBe(limit - 1)
      await fill(limit / 2)
      expect((await all())[0]).toMatchObject({ id: first.event.id })
      expect(await countBy(by)).toBe(limit / 2 - 1)
      // Down to a quarter; then the oldest goes, no matter who wrote it.
      await fill(limit / 4)
      expect(await countBy(by)).toBe(limit / 4)
      expect((await all())[0]).not.toMatchObject({ id: first.event.id })
    })

    test('pushes out no more than a quarter of the bytes', async () => {
      const most = 200_000
      await fixture.open(PLENTY, { roomBytesMax: most })
      await fill(700)
      const before = (await all()).length
      await Promise.all(Array.from({ length: 60 }, () => fixture.send('x'.repeat(8_000), { by: bob })))
      const others = (await fixture.log.before(LOBBY, null, PLENTY, { removed: true })).messages.length
      expect(others - (await countBy(bob))).toBeGreaterThan(before * 0.6)
    })

    test('whose messages were trimmed in the middle leaves a log that clients catch up with', async () => {
      await fixture.open(LIMIT)
      await fill(LIMIT - 12)
      const cursors: Cursor[] = []
      for (let n = 0; n < LIMIT; n += 1) {
        cursors.push(await fixture.head())
        await fixture.send(`flood ${n}`, { by: bob })
      }
      const kept = new Map((await all()).map((message) => [message.id, message]))
      const head = await fixture.head()
      for (const cursor of cursors) {
        const sync: Sync = await fixture.log.sync(LOBBY, cursor, PLENTY)
        expect(sync).toMatchObject({ kind: 'events', cursor: head })
        if (sync.kind !== 'events') continue
        expect(sync.events.map(({ seq }) => seq)).toEqual(
          Array.from({ length: head.seq - cursor.seq }, (_, n) => cursor.seq + 1 + n)
        )
        for (const { message } of sync.events)
          expect(message).toEqual(kept.get(message.id) ?? { ...message, text: '', removed: true })
      }
      // Pages show what is kept, whatever lies between.
      const paged: number[] = []
      for (let before: { seq: number } | null = null; ;) {
        const page = await fixture.log.before(LOBBY, before, 7, { removed: true })
        paged.unshift(...page.messages.map(({ seq }) => seq))
        if (!page.older) break
        before = { seq: page.messages[0]!.seq }
      }
      expect(paged).toEqual([...kept.values()].map(({ seq }) => seq))
    })

    test('whose message was trimmed in the middle may repeat it, and it is stored once', async () => {
      await fixture.open(LIMIT)
      await fill(LIMIT)
      const { event } = await fixture.send('first of the flood', { by: bob })
      await Promise.all(Array.from({ length: LIMIT }, (_, n) => fixture.send(`flood ${n}`, { by: bob })))
      const again = await fixture.send('first of the flood', { id: event.id, by: bob })
      expect(again).toMatchObject({ repeated: true, event: { seq: event.seq, message: { removed: true } } })
    })
  })

  test('a store that is nearly full refuses the author who stores most, accepts others, and recovers by itself', async () => {
    const most = (await fixture.store.bytesUsed()) + 8_000_000
    await fixture.open(PLENTY, { storeBytesMax: most })
    const text = 'x'.repeat(15_000)
    const flood = () => reasonOf(fixture.send(text))
    const sent: string[] = []
    const say = async () => sent.push((await fixture.send(`${sent.length}`, { by: bob })).event.id)
    let refused = 0
    for (let n = 0; n < 400 && refused < 20; n += 1) {
      const answers = await Promise.all([flood(), flood(), flood(), flood(), say()])
      refused += answers.filter((answer) => answer === 'store-full').length
    }
    expect(refused).toBeGreaterThanOrEqual(20)
    await expect.poll(flood, { timeout: 20_000, interval: 100 }).toBe('kept')
    for (const id of sent)
      expect(await reasonOf(fixture.append({ kind: 'edited', message: id, text: 'there', by: bob }))).toBe('kept')
    const [removal] = (await all()).filter(({ by }) => by.id === ana.id)
    expect(await reasonOf(fixture.append({ kind: 'removed', message: removal?.id ?? '', asModerator: false }))).toBe(
      'kept'
    )
  }, 60_000)

  describe('one day', () => {
    test('limits the edits and reactions of one person, and allows more removals', async () => {
      const { event } = await fixture.send('popular')
      const react = (n: number, by = bob) =>
        fixture.append({ kind: 'reacted', message: event.id, emoji: '👍', on: n % 2 === 0, by })
      for (let n = 0; n < CHANGES_PER_DAY; n += 200)
        await Promise.all(Array.from({ length: 200 }, (_, more) => react(n + more)))
      const head = await fixture.head()
      const left = DAY_MS - (fixture.clock % DAY_MS)
      await expect(react(0)).rejects.toMatchObject({ reason: 'too-fast', retryAfterMs: left })
      const own = await fixture.send('mine', { by: bob })
      const edit = { kind: 'edited', message: own.event.id, text: 'mine!', by: bob } as const
      expect(await reasonOf(fixture.append(edit))).toBe('too-fast')
      expect((await fixture.head()).seq).toBe(head.seq + 1)
      expect((await react(0, ana)).repeated).toBe(false)
      const removal = { kind: 'removed', message: own.event.id, asModerator: false, by: bob } as const
      expect((await fixture.append(removal)).event.message.removed).toBe(true)
      fixture.clock += left
      expect((await react(0)).repeated).toBe(false)
    }, 30_000)

    test('lets a person remove all that a room holds', () => {
      expect(REMOVALS_PER_DAY).toBeGreaterThanOrEqual(10_000)
    })
  })
}
