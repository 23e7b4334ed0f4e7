// "Every message once, in one order, on every screen" holds when instances and Redis are killed, stalled, cut off, full, emptied and
// restored from a backup. Each test has a Redis of its own and mostly waits, so they run at the same time.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookInto, untilReady, type TestServer } from '../chat-server.ts'
import type { TestClient } from '../clients.ts'
import * as history from '../history.ts'
import { complaintsOf, openCluster, type Cluster } from '../cluster.fixture.ts'
import type { Screen } from '../screen.ts'
import { until } from '../until.ts'
import { CACHED_FOR_MS } from '../../../src/log/answer-cache.ts'
import { LOBBY, newId, type Message } from '../../../src/contract.ts'
import { syncScript } from '../../../src/log/redis/scripts/sync.ts'
import { createRedisLog } from '../../../src/log/redis/redis-log.ts'
import { connectRedis } from '../../../src/redis/connection.ts'
import { StoreUnavailable } from '../../../src/errors.ts'

const STALLED_MS = 10_000
/** Within this time an instance must answer `unavailable`; tests allow twice that. */
const SAYS_UNKNOWN_WITHIN_MS = 3_000
const PREFIX = '{taifas}'

describe.concurrent('faults', { timeout: 90_000 }, () => {
  it('kill -9 of two of three instances during traffic: their people continue elsewhere, nothing is lost or repeated', async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const children = await Promise.all(['one', 'two', 'three'].map((name) => cluster.startProcess(name)))
    await untilReady(...children)
    const urls = children.map(({ url }) => url)
    const screens = await Promise.all(
      ['ana', 'bo', 'cy', 'dee', 'eli', 'fay'].map((name, n) =>
        cluster.screen({ name, urls: [...urls.slice(n % 3), ...urls.slice(0, n % 3)] })
      )
    )
    const talks = screens.map((screen) => talk(screen, 60))
    for (const [n, child] of children.slice(0, 2).entries()) {
      for (const screen of screens) await screen.until(({ acknowledged }) => acknowledged.length >= 20 * (n + 1))
      await child.end('SIGKILL')
    }
    await Promise.all(talks)
    expect(await complaintsOf(screens)).toEqual([])
    for (const screen of screens) expect(screen.shown).toHaveLength(screens.length * 60)
    for (const child of children) expect(child.printed()).not.toMatch(/unhandled|ERR_/)
    console.log(`two kills: ${screens.length * 60} acknowledged, 0 lost, 0 repeated`)
  })

  it('1,000 events behind, a client receives all of them; 2,001 behind, it starts over', async ({ onTestFinished }) => {
    const cluster = await openCluster({}, onTestFinished)
    const [one, two] = await cluster.startAll(['one', 'two'])
    const screen = await cluster.screen({ name: 'ana', urls: [one.url] })
    await screen.say('before')
    screen.away()
    await sayMany(one, 1_000)
    screen.back(two.url)
    await screen.until(({ cursor }) => cursor?.seq === 1_001)
    expect(screen.synced).toEqual(['events', 'events', 'events', 'events'])
    expect(history.holes(screen.shown)).toEqual([])
    expect(screen.shown).toHaveLength(1_001)

    screen.away()
    await sayMany(two, 2_001)
    screen.back(one.url)
    await screen.until(({ cursor }) => cursor?.seq === 3_002)
    expect(screen.synced.slice(4)).toEqual(['fresh'])
    await screen.pageBack()
    expect(screen.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 3_002 }, (_, n) => n + 1))
  })

  describe.each(['late', 'lost'] as const)(
    'changes made while an instance was cut off, its bus messages %s',
    (messages) => {
      it('are correct there afterwards: on old messages, after a fresh start, by cursor', async ({
        onTestFinished
      }) => {
        const cluster = await openCluster({}, onTestFinished)
        const way = await cluster.way()
        const [one, two] = [await cluster.start('one'), await cluster.start('two', { redisUrl: way.url })]
        await untilReady(one, two)
        const ana = await cluster.screen({ name: 'ana', urls: [one.url] })
        const texts = Array.from({ length: 120 }, (_, n) => `text ${n + 1}`)
        for (const text of texts) await ana.say(text)
        const [stays, leaves] = [
          await cluster.screen({ name: 'stays', urls: [two.url] }),
          await cluster.screen({ name: 'leaves', urls: [two.url] })
        ]
        await stays.pageBack()
        await leaves.pageBack()
        leaves.away()

        way.cut()
        const client = await lookInto(cluster.redis.url)
        onTestFinished(() => client.destroy())
        // The first is far older than the instance's room feed or a page, the last is the newest of all.
        for (const place of [2, 60, 119]) {
          const [edited, removed, reacted] = texts.slice(place - 2, place + 1).map((text) => idOf(ana, text))
          const verb = (word: 'message:edit' | 'message:remove' | 'message:react', message = '', more = {}) =>
            ana.verb(word, { room: LOBBY, id: newId(), message, ...more })
          await verb('message:edit', edited, { text: `edited ${place}` })
          await verb('message:remove', removed)
          await verb('message:react', reacted, { emoji: '👍', on: true })
        }
        await ana.until(({ cursor }) => cursor?.seq === 129)
        if (messages === 'lost') await client.del(`${PREFIX}:letters`)
        expect(stays.cursor?.seq).toBe(120)
        way.mend()

        await stays.until(({ cursor }) => cursor?.seq === 129)
        leaves.back()
        await leaves.until(({ cursor }) => cursor?.seq === 129)
        const afresh = await cluster.screen({ name: 'afresh', urls: [two.url] })
        expect(afresh.messages).toHaveLength(50)
        await afresh.pageBack()
        for (const { messages } of [stays, leaves, afresh]) expect(messages).toEqual(ana.messages)
        const states = (place: number) => stays.messages.filter(({ seq }) => Math.abs(seq - place) <= 1).map(state)
        for (const place of [2, 60, 119])
          expect(states(place)).toEqual([`edited ${place}`, '(removed)', `text ${place + 1} 👍`])
      })
    }
  )

  it(`Redis stopped for ${STALLED_MS / 1_000} s: nothing acknowledged or delivered meanwhile, everything once afterwards`, async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const [one, two] = await cluster.startAll(['one', 'two'])
    const screens = [
      await cluster.screen({ name: 'ana', urls: [one.url] }),
      await cluster.screen({ name: 'bo', urls: [two.url] })
    ]
    const guest = await cluster.guest(one.url, 'gus')
    const listener = await cluster.guest(two.url, 'lis')
    for (const screen of screens) await screen.say(`${screen.name} before`)
    await listener.next('message', ({ content }) => content === 'bo before')

    cluster.redis.kill('SIGSTOP')
    // Whatever is in flight arrives.
    await pause(200)
    const visible = () => [
      ...screens.map(({ shown, acknowledged }) => [shown.length, acknowledged.length]),
      [guest, listener].map((one) => one.all('message').length)
    ]
    const before = visible()
    const talks = screens.map((screen) => talk(screen, 10))
    guest.emit('new-message', 'guest meanwhile')
    await pause(STALLED_MS)
    expect(visible()).toEqual(before)
    const unknown = screens.flatMap(({ refused }) => refused)
    expect(unknown.length).toBeGreaterThan(screens.length)
    expect(new Set(unknown.map(({ reason }) => reason))).toEqual(new Set(['unavailable']))
    const slowest = Math.max(...unknown.map(({ afterMs }) => afterMs))
    console.log(`Redis stopped: "nothing is known" after at most ${slowest.toFixed(0)} ms (promise: 3,000 ms)`)
    expect(slowest).toBeLessThan(2 * SAYS_UNKNOWN_WITHIN_MS)

    cluster.redis.kill('SIGCONT')
    await Promise.all(talks)
    // A guest does not retry, so the message is there because Redis executed the command late.
    for (const screen of screens) await screen.until(({ shown }) => shown.length === 23)
    for (const screen of screens)
      screen.sent.push(
        ...screen.shown.filter(({ text }) => text === 'guest meanwhile').map((one) => ({ ...one, client: 'gus' }))
      )
    expect(await complaintsOf(screens)).toEqual([])
    await listener.next('new-message', ({ message }) => message === 'guest meanwhile')
    expect(guest.all<{ message: string }>('new-message').map(({ message }) => message)).not.toContain('guest meanwhile')
    const order = screens[0]?.shown.map(({ text }) => text)
    await listener.next('message', ({ content }) => content === order?.at(-1))
    expect(textsOf(listener)).toEqual(order)
  })

  it('Redis restarts with its data: the epoch stays, and all clients continue', async ({ onTestFinished }) => {
    const cluster = await openCluster({ aof: true }, onTestFinished)
    const { screens } = await twoInstances(cluster)
    const talks = screens.map((screen) => talk(screen, 40))
    for (const screen of screens) await screen.until(({ acknowledged }) => acknowledged.length >= 10)
    const epoch = screens[0]?.cursor?.epoch
    await cluster.redis.restart()
    await Promise.all(talks)
    expect(await complaintsOf(screens)).toEqual([])
    for (const { cursor, synced, shown } of screens) {
      expect(cursor?.epoch).toBe(epoch)
      expect(synced).not.toContain('fresh')
      expect(shown).toHaveLength(screens.length * 40)
    }
  })

  it('Redis restarts empty: a new epoch, all clients start over, and nothing of before is mixed in', async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const { screens } = await twoInstances(cluster)
    await Promise.all(screens.map((screen) => talk(screen, 10)))
    expect(await complaintsOf(screens)).toEqual([])
    const former = new Set(screens[0]?.shown.map(({ id }) => id))
    const epoch = screens[0]?.cursor?.epoch
    const acknowledgedBefore = screens.map((screen) => screen.acknowledged.splice(0).length)
    await cluster.redis.restart()
    await Promise.all(screens.map((screen) => talk(screen, 10, 'after')))
    const acknowledged = screens.flatMap((screen) => screen.acknowledged)
    for (const screen of screens) await screen.until(({ messages }) => messages.length === acknowledged.length)
    for (const { cursor, messages, synced } of screens) {
      expect(cursor?.epoch).not.toBe(epoch)
      expect(messages.filter(({ id }) => former.has(id))).toEqual([])
      expect(messages).toEqual(screens[0]?.messages)
      expect(synced.at(-1)).toBe('fresh')
    }
    expect(acknowledgedBefore).toEqual(screens.map(() => 10))
    expect(await complaintsOf(screens)).toEqual([])
  })

  describe('Redis restored from a copy that lacks the five newest events', () => {
    /** Two instances that know all fifteen events, on a Redis that knows the first ten; the second is cut off from it. */
    async function setBack(finished: Parameters<typeof openCluster>[1]) {
      const cluster = await openCluster({ rdb: true }, finished)
      const way = await cluster.way()
      const [one, two] = [await cluster.start('one'), await cluster.start('two', { redisUrl: way.url })]
      await untilReady(one, two)
      const screens = [
        await cluster.screen({ name: 'ana', urls: [one.url] }),
        await cluster.screen({ name: 'bo', urls: [two.url] })
      ]
      const [ana] = screens as [Screen, Screen]
      const guests = [await cluster.guest(one.url, 'gus'), await cluster.guest(two.url, 'lis')]
      await talk(ana, 10, 'kept')
      const client = await lookInto(cluster.redis.url)
      await client.sendCommand(['SAVE'])
      client.destroy()
      const dump = join(cluster.redis.dir, 'dump.rdb')
      copyFileSync(dump, `${dump}.aside`)
      await talk(ana, 5, 'gone')
      for (const screen of screens) await screen.until(({ shown }) => shown.length === 15)
      way.cut()
      copyFileSync(`${dump}.aside`, dump)
      await cluster.redis.restart()
      return { cluster, way, one, two, screens, guests, epoch: ana.cursor?.epoch }
    }

    /** Events sent by a third instance, which never received the five. */
    async function sayElsewhere(cluster: Cluster, count: number) {
      const [three] = await cluster.startAll(['three'])
      const cy = await cluster.screen({ name: 'cy', urls: [three.url] })
      await talk(cy, count, 'other')
      return cy
    }

    /** All screens show what the log contains, and no screen ever showed messages of both epochs. */
    function expectNoMixture(screens: Screen[], guests: TestClient[], visible: string[]) {
      const gone = (text: string) => text.includes(': gone ')
      const other = (text: string) => !gone(text) && !text.includes(': kept ')
      for (const { messages, shown } of screens) {
        expect(messages).toEqual(screens[0]?.messages)
        expect(messages.filter(({ text }) => gone(text))).toEqual([])
        for (const [, screen] of Map.groupBy(shown, (one) => `${one.epoch} ${one.screen}`))
          expect(screen.some(({ text }) => gone(text)) && screen.some(({ text }) => other(text))).toBe(false)
        expect(history.repeated(shown)).toEqual([])
        expect(history.holes(shown)).toEqual([])
      }
      for (const guest of guests) {
        const texts = textsOf(guest)
        expect(new Set(texts).size).toBe(texts.length)
        // Guests have no screen to clear: events of the new epoch arrive after all of the old one, in order.
        expect(texts.findLastIndex(gone)).toBeLessThan(texts.findIndex(other))
        expect(visible.filter((text) => other(text) && texts.includes(text))).toEqual(texts.filter(other))
      }
    }

    it.for([3, 5])(
      'while %i others are sent elsewhere: the first of them starts a new epoch, all clients start over and none shows a mixture',
      async (count, { onTestFinished }) => {
        const { cluster, way, one, two, screens, guests, epoch } = await setBack(onTestFinished)
        const [ana, bo] = screens as [Screen, Screen]
        const [near, far] = guests as [TestClient, TestClient]
        await untilReady(one)
        const cy = await sayElsewhere(cluster, count)
        const last = (screen: Screen) => screen.until(({ messages }) => messages.at(-1)?.text === `cy: other ${count}`)
        // By the bus message alone: instance one remembers the former message with that number.
        for (const screen of [ana, cy]) {
          await last(screen)
          await screen.until(({ cursor }) => cursor?.epoch !== epoch)
        }
        await near.next('message', ({ content }) => content === `cy: other ${count}`)
        way.mend()
        await untilReady(one, two)
        await last(bo)
        await bo.say('bo is back')
        await talk(cy, 3, 'later')
        const all = [...screens, cy]
        for (const screen of all) await screen.until(({ messages }) => messages.length === 10 + count + 4)
        for (const guest of guests) await guest.next('message', ({ content }) => content === 'cy: later 3')
        const visible = ana.messages.map(({ text }) => text)
        expectNoMixture(all, guests, visible)
        expect(new Set(all.map(({ cursor }) => cursor?.epoch)).size).toBe(1)
        // Guests have no cursor to ask by, and still receive all of the new epoch that their instance received.
        expect(textsOf(near).slice(-count - 4)).toEqual(visible.slice(-count - 4))
        expect(textsOf(far).slice(-4)).toEqual(visible.slice(-4))
      }
    )

    it.for([0, 5])(
      'and %i others are sent that no instance here receives: the next comparison of heads starts a new epoch',
      async (count, { onTestFinished }) => {
        const { cluster, way, one, two, screens, epoch } = await setBack(onTestFinished)
        const cy = await sayElsewhere(cluster, 0)
        // Written to the store directly, as by instances that have ended.
        const store = await createRedisLog({
          client: connectRedis(cluster.redis.url, { onError() {}, name: 'gone' }),
          prefix: 'taifas',
          instance: 'gone',
          historyLimit: 1_000
        })
        const by = { id: null, name: 'cy' }
        for (let n = 0; n < count; n += 1)
          await store.append({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: `other ${n}` })
        await store.close()
        way.mend()
        await untilReady(one, two)
        // What each instance does every 10 s.
        await one.chat.compareHeads()
        await two.chat.compareHeads()
        const all = [...screens, cy]
        for (const screen of all) {
          await screen.until(({ cursor }) => cursor !== null && cursor.epoch !== epoch)
          await screen.until(({ messages }) => messages.length === 10 + count)
        }
      }
    )
  })

  it('Redis full, a replica, or with a key of the wrong type: nothing is acknowledged or delivered, and it recovers', async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const { screens, servers } = await twoInstances(cluster)
    const [ana, bo] = screens
    const guest = await cluster.guest(servers[1].url, 'gus')
    const allHear = async (text: string, seq: number) => {
      for (const screen of screens) await screen.until(({ cursor }) => cursor?.seq === seq)
      await guest.next('message', ({ content }) => content === text)
    }
    await allHear('before', (await ana.say('before')).seq)
    const client = await lookInto(cluster.redis.url)
    onTestFinished(() => client.destroy())
    const ask = (...command: string[]) => client.sendCommand(command)
    // Each in one step: otherwise a retry could be stored between the steps, and undone.
    const script = (text: string, key: string) => ask('EVAL', text, '2', key, `${key}:aside`)
    const wrongType = (key: string) => ({
      name: key,
      reason: 'fault',
      // A type that no key of the chat has.
      break: () =>
        script(
          `if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end
          return redis.call('PFADD', KEYS[1], 'wrong')`,
          key
        ),
      mend: () =>
        script(
          `redis.call('DEL', KEYS[1])
          if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end`,
          key
        )
    })
    // All that an ordinary message touches.
    const parts = ['log', 'messages', 'living', 'records']
    const faults = [
      {
        name: 'full',
        reason: 'unavailable',
        break: () => ask('CONFIG', 'SET', 'maxmemory', '1'),
        mend: () => ask('CONFIG', 'SET', 'maxmemory', '0')
      },
      {
        name: 'a replica',
        reason: 'unavailable',
        break: () => ask('REPLICAOF', '127.0.0.1', '1'),
        mend: () => ask('REPLICAOF', 'NO', 'ONE')
      },
      ...[`${PREFIX}:heads`, ...parts.map((part) => `${PREFIX}:room:${LOBBY}:${part}`)].map(wrongType)
    ]
    for (const fault of faults) {
      await fault.break()
      const visible = () => [ana, bo].flatMap(({ shown, acknowledged }) => [shown.length, acknowledged.length])
      const before = visible()
      const heard = guest.all('message').length
      const refusals = ana.refused.length
      const word = ana.say(`while Redis was ${fault.name}`)
      await ana.until(({ refused }) => refused.length >= refusals + 3)
      expect([fault.name, visible(), guest.all('message').length]).toEqual([fault.name, before, heard])
      expect([fault.name, ana.refused.at(-1)?.reason]).toEqual([fault.name, fault.reason])
      const isFault = fault.reason === 'fault'
      const body = JSON.stringify({ username: 'gus', content: 'meanwhile' })
      const headers = { 'content-type': 'application/json' }
      const { status } = await fetch(`${servers[0].url}/api/messages`, { method: 'POST', headers, body })
      expect([fault.name, status]).toEqual([fault.name, isFault ? 500 : 503])
      guest.emit('message', { username: 'gus', content: 'meanwhile' })
      const { message } = await guest.next('error')
      expect([fault.name, message]).toEqual([
        fault.name,
        isFault ? 'Error sending message' : 'The chat cannot be reached right now. Please try again in a moment.'
      ])
      await fault.mend()
      await word
      const after = `after Redis was ${fault.name}`
      await allHear(after, (await bo.say(after)).seq)
    }
    // The log alone is enough when the bus fails.
    const bus = wrongType(`${PREFIX}:letters`)
    await bus.break()
    await talk(ana, 3, 'without the bus')
    await bus.mend()
    await talk(bo, 3)
    expect(await complaintsOf(screens)).toEqual([])
    expect(ana.shown.map(({ seq }) => seq)).toEqual(ana.shown.map((_, n) => n + 1))
    await guest.next('message', ({ content }) => content === 'bo: word 3')
    expect(textsOf(guest)).toEqual(bo.shown.map(({ text }) => text))
  })

  it('a hundred clients with the same gap cause one read of the log', async ({ onTestFinished }) => {
    const cluster = await openCluster({}, onTestFinished)
    const [server] = await cluster.startAll(['one'])
    const first = await cluster.screen({ name: 'ana', urls: [server.url] })
    await first.say('before')
    const others = await Promise.all(
      Array.from({ length: 99 }, (_, n) => cluster.screen({ name: `${n}`, urls: [server.url], session: first.session }))
    )
    const screens = [first, ...others]
    const client = await lookInto(cluster.redis.url)
    onTestFinished(() => client.destroy())
    const reads = await countReads(cluster)
    // Stored by a client that sends no bus messages.
    const log = await createRedisLog({
      client: connectRedis(cluster.redis.url, { onError: () => {}, name: 'silent' }),
      prefix: 'taifas',
      instance: 'silent',
      historyLimit: 10_000
    })
    onTestFinished(() => log.close())
    const by = { id: null, name: 'silent' }
    await log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: 'without a bus message' })
    await sayMany(server, 1)
    for (const screen of screens) await screen.until(({ cursor }) => cursor?.seq === 3)
    expect(await reads()).toBe(1)
    expect(screens.flatMap(({ synced }) => synced)).toEqual([])

    // The same holds when all were disconnected and reconnect at once.
    for (const screen of screens) screen.away()
    await log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: 'while they were away' })
    await sayMany(server, 1)
    const before = await reads()
    const start = performance.now()
    for (const screen of screens) screen.back()
    for (const screen of screens) await screen.until(({ cursor }) => cursor?.seq === 5)
    const seconds = Math.ceil((performance.now() - start) / CACHED_FOR_MS)
    const after = (await reads()) - before
    console.log(`a hundred came back within ${seconds} s: ${after} reads of the log`)
    // One read serves all clients that ask within a second.
    expect(after).toBeLessThanOrEqual(2 * (seconds + 1))
    expect(history.holes(screens.flatMap(({ shown }) => shown))).toEqual([])
  })
})

async function twoInstances(cluster: Cluster) {
  const servers = await cluster.startAll(['one', 'two'])
  const [one, two] = servers
  const screens = [
    await cluster.screen({ name: 'ana', urls: [one.url] }),
    await cluster.screen({ name: 'bo', urls: [two.url] })
  ] as [Screen, Screen]
  return { servers, screens }
}

/** Sends `words` messages, one after another. */
async function talk(screen: Screen, words: number, word = 'word') {
  await Promise.all(Array.from({ length: words }, (_, n) => screen.say(`${screen.name}: ${word} ${n + 1}`)))
}

/** Sends many messages by calling the verb: no connection may send so many that quickly. */
async function sayMany({ chat }: TestServer, count: number) {
  const caller = { person: null, name: 'many', address: 'here' }
  for (let n = 0; n < count; n += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, count - n) }, (_, each) => {
        const sent = { room: LOBBY, id: newId(), text: `many ${n + each}` }
        // Retries when Redis is slow, as on a busy machine.
        return until(`"${sent.text}" to be kept`, () =>
          chat.send(caller, sent).catch((cause: unknown) => {
            if (cause instanceof StoreUnavailable) return null
            throw cause
          })
        )
      })
    )
}

/** The texts that a guest has received, in order. */
const textsOf = (guest: TestClient) => guest.all<{ content: string }>('message').map(({ content }) => content)

const idOf = (screen: Screen, text: string) => screen.messages.find((message) => message.text === text)?.id

function state({ text, removed, reactions }: Message): string {
  return removed ? '(removed)' : [text, ...Object.keys(reactions ?? {})].join(' ')
}

/** Counts reads of the log from now on, as Redis sees them. */
async function countReads({ redis }: Cluster): Promise<() => Promise<number>> {
  const client = await lookInto(redis.url)
  let count = 0
  await client.monitor((line) => {
    if (line.includes(syncScript.sha)) count += 1
  })
  return async () => {
    await pause(50)
    return count
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))
