// A removed message's text is really gone: from every key of Redis, the letters between instances among them, and from its dump.
import { newSuffix } from '../new-suffix.ts'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RESP_TYPES } from 'redis'
import { beforeAll, describe, expect, it } from 'vitest'
import { lookInto, type TestServer } from '../chat-server.ts'
import { connectClient, connectNative, request } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { until } from '../until.ts'
import { LOBBY, newId, type EventList, type Receipt } from '../../../src/contract.ts'

describe('the text of a removed message', () => {
  const cluster = useCluster({ rdb: true })
  let here: TestServer
  let there: TestServer
  beforeAll(async () => {
    ;[here, there] = await cluster.startAll(['ams', 'iad'])
  })

  it('is in no key, no DUMP of one and no dump file, on the way to nobody', async () => {
    const ana = await connectNative(here.url, 'Ana')
    const bo = await connectNative(there.url, 'Bo')
    for (const each of [ana, bo]) await each.ask('room:open', { room: LOBBY })
    const gone = `the secret is ${newId()}`
    const stays = `this may be found: ${newId()}`
    await ana.ask('message:send', { room: LOBBY, id: newId(), text: stays })
    const sent = await ana.ask<Receipt>('message:send', { room: LOBBY, id: newId(), text: gone })
    if (!sent.ok) throw new Error(sent.reason)
    const message = sent.value.id
    const reply = { room: LOBBY, id: newId(), text: 'an answer', replyTo: message }
    for (const said of [reply, { ...reply, id: newId() }]) await bo.ask('message:send', said)
    await ana.ask('message:edit', { room: LOBBY, id: newId(), message, text: `${gone}, more or less` })
    const guest = await connectClient(there.url)
    await ana.ask('message:remove', { room: LOBBY, id: newId(), message })
    await bo.next<EventList>('room:events', ({ events }) => events.some(({ kind }) => kind === 'removed'))
    await guest.next('messageDeleted')

    const everywhere = await allBytes()
    expect(everywhere.includes(stays)).toBe(true)
    expect(everywhere.includes(gone)).toBe(false)
    expect(everywhere.includes(gone.slice(4, 24))).toBe(false)
  })

  it('is gone with the name of an author who leaves for good and takes everything along', async () => {
    const name = `Żaneta ${newSuffix()}`
    const zaneta = await connectNative(here.url, name)
    const bo = await connectNative(there.url, 'Bo 2')
    for (const each of [zaneta, bo]) await each.ask('room:open', { room: LOBBY })
    const text = `what Żaneta wrote: ${newId()}`
    await zaneta.ask('message:send', { room: LOBBY, id: newId(), text })
    await bo.ask('message:send', { room: LOBBY, id: newId(), text: `hello @${zaneta.person.name.slice(0, 6)}` })
    await bo.next<EventList>('room:events', ({ events }) => events.some(({ message }) => message.text === text))
    const before = await allBytes()
    expect([before.includes(name), before.includes(text)]).toEqual([true, true])
    const { token } = zaneta.session
    const left = await request('DELETE', `${there.url}/api/person`, { token, body: { messages: 'erase' } })
    expect(left.status).toBe(204)
    await zaneta.next('session:ended')
    await until('leases and bus to have forgotten it', async () => !(await allBytes()).includes(name))
    expect((await allBytes()).includes(text)).toBe(false)
  })

  /** Every key as DUMP gives it, and the dump file, uncompressed. */
  async function allBytes(): Promise<Buffer> {
    const client = await lookInto(cluster.redis.url)
    const raw = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
    const keys = await client.keys('*')
    expect(keys.length).toBeGreaterThan(4)
    const dumps = await Promise.all(
      keys.map(async (key) => (await raw.sendCommand(['DUMP', key])) as unknown as Buffer)
    )
    await client.sendCommand(['SAVE'])
    await client.close()
    const files = readdirSync(cluster.redis.dir).map((name) => readFileSync(join(cluster.redis.dir, name)))
    expect(files.length).toBeGreaterThan(0)
    return Buffer.concat([...dumps, ...files])
  }
})
