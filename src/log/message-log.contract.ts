// The contract of every message log, as tests against the real store. Each store's test file runs it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOBBY, newId } from '../contract.ts'
import { formerClaims } from './former.contract.ts'
import { byteClaims } from './bytes.contract.ts'
import { hiddenClaims } from './hidden.contract.ts'
import { historyClaims } from './history.contract.ts'
import { limitClaims } from './limits.contract.ts'
import { readingClaims } from './reading.contract.ts'
import { repeatingClaims } from './repeating.contract.ts'
import { roomClaims } from './rooms.contract.ts'
import { ana, START, type OpenStore, type LogFixture, type Store } from './log.fixture.ts'
import { verbClaims } from './verbs.contract.ts'
import type { Change } from './message-log.ts'

export function messageLogContract(name: string, open: OpenStore): void {
  describe(`the log in ${name}`, () => {
    let store: Store
    const fixture: LogFixture = {
      get store() {
        return store
      },
      get log() {
        return store.log
      },
      get other() {
        return store.other
      },
      clock: START,
      async open(historyLimit, limits) {
        await store?.close()
        store = await open({ historyLimit, now: () => fixture.clock, ...limits })
      },
      append: (change, log = store.log) =>
        log.append({ room: LOBBY, id: newId(), by: ana, at: fixture.clock, ...change } as Change),
      send: (text, change) => fixture.append({ ...change, kind: 'sent', text }),
      async sendMany(count, room = LOBBY) {
        const texts = Array.from({ length: count }, (_, n) => `message ${n + 1}`)
        const kept = await Promise.all(texts.map((text) => fixture.send(text, { room })))
        return kept.map(({ event }) => event.message)
      },
      async head(room = LOBBY) {
        const head = (await store.log.heads()).get(room)
        if (!head) throw new Error(`no head for ${room}`)
        return head
      }
    }

    beforeEach(async () => {
      fixture.clock = START
      await fixture.open(10_000)
    })
    afterEach(() => store.close())

    verbClaims(fixture)
    repeatingClaims(fixture)
    readingClaims(fixture)
    roomClaims(fixture)
    byteClaims(fixture)
    hiddenClaims(fixture)
    historyClaims(fixture)
    limitClaims(fixture)
    formerClaims(fixture)

    test('a closed log is unavailable', async () => {
      await store.log.close()
      await expect(store.log.rooms()).rejects.toMatchObject({ name: 'StoreUnavailable' })
      await expect(fixture.send('too late')).rejects.toMatchObject({ name: 'StoreUnavailable' })
    })
  })
}
