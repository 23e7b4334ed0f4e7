// The contract of every store of read positions, as tests against the real store and its log.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PRIVATE_PREFIX, WHOLE_ROOM, LOBBY, newId, type Author, type Cursor } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Change, MessageLog } from '../log/message-log.ts'
import type { PeopleStore } from '../people/store.ts'
import type { ReadsStore } from './store.ts'

export interface OpenReads {
  log: MessageLog
  reads: ReadsStore
  people: Pick<PeopleStore, 'block'>
  /** Commands of the store that `work` costs, where that is known. */
  commandsOf?(work: () => Promise<unknown>): Promise<number>
  close(): Promise<void>
}

const HISTORY = 40
/** In all 1,020 steps. Those of several rooms run at the same time, because a store may let people wait for each other's writes. */
const MODEL_RUNS = 2
const MODEL_ROOMS = 6
const MODEL_STEPS = 85
const MANY_ROOMS = 500
/** The promise for so many rooms of an embedded store. */
const EMBEDDED_MS = 20
/** The machine may be busy at one of these. */
const MEASURED_TIMES = 5
const ana = { id: 'ana', name: 'Ana' }
const bo = { id: 'bo', name: 'Bo' }
const cy = { id: 'cy', name: 'Cy' }
/** The answer; null when the verb is refused. */
const ifAllowed = <T>(verb: Promise<T>): Promise<T | null> =>
  verb.catch((cause: unknown) => {
    if (cause instanceof ChatError) return null
    throw cause
  })
const guest: Author = { id: null, name: 'Ion' }

export function readsContract(name: string, open: (options: { historyLimit: number }) => Promise<OpenReads>): void {
  describe(`read positions in ${name}`, () => {
    let opened: OpenReads
    let time = 1
    beforeEach(async () => {
      opened = await open({ historyLimit: HISTORY })
    })
    afterEach(() => opened.close())

    const append = (change: Partial<Change> & Pick<Change, 'kind'>) =>
      opened.log.append({ room: LOBBY, id: newId(), by: bo, at: 1, ...change } as Change)
    const send = async (by: Author = bo, room = LOBBY, to = '') => {
      const mentions = to ? { mentions: [{ id: to, name: to }] } : {}
      return (await append({ kind: 'sent', text: 'a text', by, room, ...mentions })).event
    }
    const mention = async (by: Author, ...ids: string[]) => {
      const mentions = ids.map((id) => ({ id, name: id }))
      return (await append({ kind: 'sent', by, text: '"mentions":[ @ana', at: (time += 1), mentions })).event
    }
    const remove = (message: string, room = LOBBY) => append({ kind: 'removed', message, asModerator: true, room })
    const headOf = async (room = LOBBY): Promise<Cursor> => (await opened.log.room(room)).head
    async function read(seq: number, { person = 'ana', room = LOBBY, back = 0, epoch = '' } = {}) {
      const positions = [{ room, seq, back, epoch: epoch || (await headOf(room)).epoch }]
      await opened.reads.move([{ person, positions }])
    }
    const left = async (person = 'ana', room = LOBBY) =>
      (await opened.reads.unread(person)).find((one) => one.room === room)

    test('are none at first, and a room that was never opened is not listed', async () => {
      await send()
      expect(await opened.reads.unread('ana')).toEqual([])
    })

    test('count the messages of others after them, which are not removed', async () => {
      for (const by of [bo, ana, guest, bo]) await send(by)
      const mine = await send(ana)
      const theirs = await send(bo)
      await read(1)
      expect(await left()).toEqual({ room: LOBBY, ...(await at(1)), head: 6, unread: 4 - 1, mentions: 0 })
      await remove(mine.id)
      await remove(theirs.id)
      expect(await left()).toMatchObject({ head: 8, unread: 2 })
      expect(await left('bo')).toBeUndefined()
    })

    test('only move forward, whatever order they arrive in, unless they are moved back', async () => {
      for (let n = 0; n < 4; n += 1) await send()
      expect(await opened.reads.upTo('ana', LOBBY)).toBeNull()
      for (const seq of [2, 3, 1]) await read(seq)
      expect(await opened.reads.upTo('ana', LOBBY)).toBe(3)
      expect(await left()).toMatchObject({ seq: 3, back: 0, unread: 1 })
      await read(1, { back: 1 })
      await read(4)
      expect(await left()).toMatchObject({ seq: 1, back: 1, unread: 3 })
      await read(4, { back: 1 })
      expect(await left()).toMatchObject({ seq: 4, unread: 0 })
    })

    test('end where the log ends, and those of another log or an unknown room are ignored', async () => {
      await send()
      await read(9)
      await read(1, { epoch: 'another' })
      await opened.reads.move([{ person: 'ana', positions: [{ room: 'nowhere', epoch: 'e', seq: 1, back: 0 }] }])
      expect(await opened.reads.unread('ana')).toEqual([
        { room: LOBBY, ...(await at(1)), head: 1, unread: 0, mentions: 0 }
      ])
    })

    test('count mentions of the person and of the whole room by others, also in a room that was never opened', async () => {
      await mention(bo, 'bo', WHOLE_ROOM)
      const second = (await mention(bo, 'ana', 'cy')).message.id
      expect(await opened.reads.unread('ana')).toMatchObject([{ room: LOBBY, epoch: '', unread: 0, mentions: 1 }])
      await read(0)
      await mention(guest, 'ana', WHOLE_ROOM)
      await mention(ana, WHOLE_ROOM, 'bo')
      expect(await left()).toMatchObject({ unread: 3, mentions: 3 })
      await read(1)
      expect(await left()).toMatchObject({ unread: 2, mentions: 2 })
      const listed = await opened.reads.mentions('ana')
      expect(listed.map(({ room }) => room)).toEqual([LOBBY, LOBBY, LOBBY])
      expect(listed.map(({ message }) => message)).toContain(second)

      await append({ kind: 'edited', message: second, text: '@cy', mentions: [{ id: 'cy', name: 'cy' }] })
      expect(await left()).toMatchObject({ mentions: 1 })
      expect((await opened.log.before(LOBBY, { upTo: second }, 1, { removed: false })).messages).toMatchObject([
        { mentions: [{ id: 'cy', name: 'cy' }] }
      ])
      await append({ kind: 'edited', message: second, text: '@ana', mentions: [{ id: 'ana', name: 'ana' }] })
      expect(await left()).toMatchObject({ mentions: 2 })
      await remove(second)
      expect(await left()).toMatchObject({ unread: 1, mentions: 1 })
      expect(await opened.reads.mentions('cy')).toEqual([])
    })

    test('count no mention by somebody whom the person has blocked, and list none', async () => {
      const mentioned = async () => [(await left())?.mentions, (await opened.reads.mentions('ana')).length]
      for (const by of [bo, cy, guest]) await mention(by, 'ana')
      await opened.people.block('ana', 'bo', true)
      await opened.people.block('bo', 'cy', true)
      expect(await mentioned()).toEqual([2, 2])
      await read(0)
      await mention(bo, WHOLE_ROOM)
      expect(await left()).toMatchObject({ unread: 4, mentions: 2 })
      await opened.people.block('ana', 'bo', false)
      expect(await mentioned()).toEqual([4, 4])
    })

    test('of a room that was removed and created again are forgotten', async () => {
      const garden = { id: 'garden', title: 'Garden', by: 'ana', at: 1 }
      await opened.log.createRoom(garden, 9)
      await read(0, { room: 'garden' })
      expect(await left('ana', 'garden')).toMatchObject({ seq: 0 })
      await opened.log.removeRooms(['garden'])
      await opened.log.createRoom(garden, 9)
      expect(await left('ana', 'garden')).toBeUndefined()
      expect(await opened.reads.upTo('ana', 'garden')).toBeNull()
    })

    test('of a person who has left are gone', async () => {
      await send()
      await read(0)
      await read(0, { person: 'bo' })
      await opened.reads.remove('ana')
      expect([await left(), await left('bo')]).toMatchObject([undefined, { unread: 0 }])
    })

    test(`of ${MANY_ROOMS} rooms are read with few commands and within the bound`, async () => {
      const rooms = Array.from({ length: MANY_ROOMS }, (_, n) => ({
        id: `r${n}`,
        title: String.fromCodePoint(0x4e00 + n),
        by: `p${n >> 4}`,
        at: 1
      }))
      for (const room of rooms) await opened.log.createRoom(room, MANY_ROOMS + 1)
      await Promise.all(rooms.flatMap(({ id }) => [send(bo, id), send(ana, id), send(bo, id)]))
      const positions = await Promise.all(
        rooms.map(async ({ id }) => ({ room: id, epoch: (await headOf(id)).epoch, seq: 0, back: 0 }))
      )
      await opened.reads.move([{ person: 'ana', positions }])
      const count = await opened.commandsOf?.(() => opened.reads.unread('ana'))
      expect(count ?? 0).toBeLessThanOrEqual(3 + MANY_ROOMS / 100)
      const times: number[] = []
      for (let n = 0; n < MEASURED_TIMES; n += 1) {
        const start = performance.now()
        const found = await opened.reads.unread('ana')
        times.push(performance.now() - start)
        expect(found.map(({ unread }) => unread)).toEqual(rooms.map(() => 2))
      }
      const ms = Math.min(...times)
      console.info(`unread counts of ${MANY_ROOMS} rooms in ${name}: ${ms.toFixed(1)} ms, ${count ?? 0} commands`)
      expect(ms).toBeLessThan(count === undefined ? 2 * EMBEDDED_MS : Infinity)
    })

    test('count as a model does, after random joins, leaves, messages, edits, removals and reading, in a history that is trimmed', async () => {
      const step = fc.oneof(
        fc.record({
          do: fc.constant('send' as const),
          by: fc.constantFrom(ana, bo, cy),
          to: fc.constantFrom('', 'ana', 'bo', WHOLE_ROOM)
        }),
        fc.record({ do: fc.constant('remove' as const), which: fc.nat(HISTORY * 2) }),
        fc.record({
          do: fc.constant('edit' as const),
          which: fc.nat(HISTORY * 2),
          to: fc.constantFrom('', 'ana', WHOLE_ROOM)
        }),
        fc.record({ do: fc.constantFrom('joined', 'left', 'removed'), who: fc.constantFrom(ana, cy) }),
        fc.record({ do: fc.constant('read' as const), seq: fc.nat(MODEL_STEPS), back: fc.nat(2) })
      )
      const steps = fc.array(step, { minLength: MODEL_STEPS, maxLength: MODEL_STEPS })
      let rooms = 0
      async function run(steps: typeof step extends fc.Arbitrary<infer Step> ? readonly Step[] : never) {
        const room = `${PRIVATE_PREFIX}m${(rooms += 1)}`
        await opened.log.createHidden({ id: room, title: 'Model', by: bo.id, at: 1 }, [bo], 1_000)
        const sent: { id: string; by: Author }[] = []
        const any = (which: number) => sent[which % (sent.length || 1)] ?? { id: newId(), by: bo }
        const now = { seq: 0, back: 0 }
        let head = 0
        const outcomes: [outcome: unknown, expected: unknown][] = []
        /** By id, the seq since when. */
        const members = new Map([[bo.id, 0]])
        await read(0, { room })
        for (const one of steps) {
          if (one.do === 'read') {
            const { back } = one
            const seq = Math.min(one.seq, head)
            await read(one.seq, { room, back })
            if (back > now.back || (back === now.back && seq > now.seq)) Object.assign(now, { seq, back })
          } else if (one.do === 'send') {
            const message = await ifAllowed(send(one.by, room, one.to))
            outcomes.push([message?.seq, members.has(one.by.id) ? (head += 1) : undefined])
            if (message) sent.push({ id: message.id, by: one.by })
          } else if (one.do === 'remove') {
            if (await ifAllowed(remove(any(one.which).id, room))) head += 1
          } else if (one.do === 'edit') {
            const { id: message, by } = any(one.which)
            const mentions = one.to ? { mentions: [{ id: one.to, name: one.to }] } : {}
            if (await ifAllowed(append({ kind: 'edited', room, by, message, text: 'edited', ...mentions }))) head += 1
          } else {
            const { do: what, who: person } = one
            const by = what === 'left' ? person : bo
            const changed = await ifAllowed(opened.log.changeMembers({ room, id: newId(), at: 1, what, person, by }))
            outcomes.push([changed !== null, members.has(person.id) === (what !== 'joined')])
            if (changed && what === 'joined') members.set(person.id, (head += 1))
            else if (changed && members.delete(person.id)) head += 1
          }
        }
        expect(outcomes.map(([outcome]) => outcome)).toEqual(outcomes.map(([, expected]) => expected))
        const record = await opened.log.room(room)
        expect([record.head.seq, new Map(record.members.map(({ id, since }) => [id, since]))]).toEqual([head, members])
        expect((await opened.log.roomsOf(ana.id)).some((own) => own.room.id === room)).toBe(members.has(ana.id))
        const { messages } = await opened.log.before(room, null, 500, { removed: false })
        const unread = messages.filter(({ seq, by }) => seq > now.seq && by.id !== ana.id)
        const mentions = unread.filter((one) =>
          one.mentions?.some(({ id }) => id === 'ana' || id === WHOLE_ROOM)
        ).length
        // Only members are informed.
        const counted = members.has(ana.id) ? await left('ana', room) : now
        expect(counted).toMatchObject(members.has(ana.id) ? { ...now, unread: unread.length, mentions } : now)
      }
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { minLength: MODEL_ROOMS, maxLength: MODEL_ROOMS }), async (all) => {
          await Promise.all(all.map(run))
        }),
        { numRuns: MODEL_RUNS }
      )
    })

    const at = async (seq: number) => ({ epoch: (await headOf()).epoch, seq, back: 0 })
  })
}
