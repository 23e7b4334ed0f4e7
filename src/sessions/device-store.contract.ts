// The contract of every store of devices, as tests against the real store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEVICE_LASTS_MS, DEVICES_MAX, type DeviceStore } from './device-store.ts'

export interface OpenDevices {
  readonly store: DeviceStore
  close(): Promise<void>
}

const START = Date.UTC(2026, 0, 1)

export function devicesContract(name: string, open: (now: () => number) => Promise<OpenDevices>): void {
  describe(`devices in ${name}`, () => {
    let opened: OpenDevices
    let now: number
    beforeEach(async () => {
      now = START
      opened = await open(() => now)
    })
    afterEach(() => opened.close())

    const about = { device: 'Firefox, "Android"', region: 'waw', startedAt: START - 1 }
    const use = (session: string, person = 'ana', isRepeated = false) =>
      opened.store.used({ person, session, ...about, isRepeated })
    const sessions = async (person = 'ana') => (await opened.store.list(person)).map(({ session }) => session)

    test('are listed for their person, the last use first', async () => {
      for (const session of ['a', 'b', 'c', 'a']) {
        now += 1
        // The caller may be wrong: it was dropped meanwhile.
        expect(await use(session, 'ana', session < 'c')).toEqual([])
      }
      await use('of bo', 'bo')
      // A program names itself over HTTP and not over a socket.
      await opened.store.used({ person: 'ana', session: 'a', ...about, device: '', region: 'ams' })
      expect(await opened.store.list('ana')).toMatchObject([
        { session: 'a', ...about, region: 'ams', seenAt: START + 4 },
        { session: 'c', ...about, seenAt: START + 3 },
        { session: 'b', ...about, seenAt: START + 2 }
      ])
      expect(await sessions('nobody')).toEqual([])
    })

    test('are removed by their sessions, and of this person only', async () => {
      for (const session of ['a', 'b', 'c']) await use(session)
      await use('of bo', 'bo')
      await opened.store.remove('ana', ['a', 'c', 'of bo', 'unknown'])
      await opened.store.remove('ana', [])
      expect([await sessions(), await sessions('bo')]).toEqual([['b'], ['of bo']])
    })

    test('are gone when no token of theirs can be good', async () => {
      await use('away')
      now += DEVICE_LASTS_MS - 1
      await use('here')
      expect(await sessions()).toEqual(['here', 'away'])
      now += 1
      expect(await sessions()).toEqual(['here'])
    })

    test(`are ${DEVICES_MAX} at most: the one that was away longest goes, and its session is named`, async () => {
      for (let n = 0; n < DEVICES_MAX; n += 1) {
        now += 1
        expect(await use(`s${n}`)).toEqual([])
      }
      await use('of bo', 'bo')
      now += 1
      await use('s0')
      now += 1
      expect(await use('one more')).toEqual(['s1'])
      const listed = await sessions()
      expect([listed.length, listed.includes('s1'), listed.includes('s0')]).toEqual([DEVICES_MAX, false, true])
    })
  })
}
