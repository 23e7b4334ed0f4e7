// Sessions that end on three instances which share one Redis: signed out, renamed, cut off, restarted, without their role, expired.
import { beforeAll, describe, expect, it } from 'vitest'
import { lookInto, untilReady, type TestServer } from '../chat-server.ts'
import { asNative, connectClient, connectNative, request, signIn } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import type { Proxy } from '../tcp-proxy.ts'
import { until } from '../until.ts'
import { newId, type Answers, type SessionAnswer } from '../../../src/contract.ts'

/** Promised in the README. */
const EVERYWHERE_WITHIN_MS = 2_000
const MODERATOR = 'a moderator token of this test'

describe('a session that ends', () => {
  const cluster = useCluster()
  let proxy: Proxy
  let servers: TestServer[]
  const start = (instance: string, moderatorToken = MODERATOR, redisUrl = cluster.redis.url) =>
    cluster.start(instance, { redisUrl, region: instance, config: { moderatorToken } })
  beforeAll(async () => {
    proxy = await cluster.way()
    servers = [await start('one'), await start('two'), await start('three', MODERATOR, proxy.url)]
    await untilReady(...servers)
  })

  const [one, two, three] = [0, 1, 2].map((place) => ({
    get url() {
      return servers[place]?.url ?? ''
    }
  })) as [{ url: string }, { url: string }, { url: string }]

  async function ask(url: string, method: string, token: string, body?: object) {
    const answer = await request(method, `${url}/api/session`, { token, ...(body && { body }) })
    return { status: answer.status, answer: (answer.status === 204 ? null : await answer.json()) as SessionAnswer }
  }
  const statusOf = async (url: string, token: string) => (await ask(url, 'GET', token)).status
  const reasonAt = (url: string, token: string) =>
    connectClient(url, asNative(token)).then(
      (client) => client.close(),
      (error: { data?: { reason?: string } }) => error.data?.reason
    )
  const refusedEverywhere = async (token: string, ...at: { url: string }[]) => {
    for (const { url } of at) {
      await until(`${url} to refuse it`, async () => (await statusOf(url, token)) === 401)
      expect(await reasonAt(url, token)).toBe('sign-in')
    }
  }

  it('by signing out ends on every instance within two seconds, for sockets and HTTP, and no other does', async () => {
    const ana = await connectNative(one.url, 'Ana')
    const other = await signIn(one.url, 'Ani')
    const { token } = ana.session
    const there = await connectClient(three.url, asNative(token))
    const renewed = (await ask(two.url, 'GET', token)).answer.token
    const startedAt = performance.now()
    expect((await ask(two.url, 'DELETE', token)).status).toBe(204)
    const ended = async ({ next }: Pick<typeof there, 'next'>) => {
      await next('session:ended')
      await next('(disconnect)')
    }
    await Promise.all([ended(ana), ended(there), refusedEverywhere(token, one, two, three)])
    await refusedEverywhere(renewed, one, two, three)
    expect(await statusOf(two.url, other.token)).toBe(200)
    const ms = performance.now() - startedAt
    console.log(`signed out everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(EVERYWHERE_WITHIN_MS * 2)
  })

  it('from the list of another device ends everywhere, for sockets and HTTP; a copied token opens nothing', async () => {
    const secret = newId()
    const tokens = await Promise.all([one, two].map(async ({ url }) => (await signIn(url, 'Gus', { secret })).token))
    const [phone, laptop] = await Promise.all(tokens.map((token) => connectClient(three.url, asNative(token))))
    const list = async () =>
      (await phone!.ask<Answers['device:list']>('device:list')) as { value: Answers['device:list'] }
    const { devices } = (await list()).value
    expect(devices.map(({ device, region, current }) => [device, region, current])).toEqual(
      expect.arrayContaining([
        ['Node', 'three', true],
        ['Node', 'three', false]
      ])
    )
    const startedAt = performance.now()
    expect(await phone!.ask('device:end-others')).toEqual({ ok: true, value: { ended: 1 } })
    await laptop!.next('session:ended')
    await refusedEverywhere(tokens[1]!, one, two, three)
    const ms = performance.now() - startedAt
    console.log(`the other device ended everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(EVERYWHERE_WITHIN_MS * 2)
    expect(await statusOf(two.url, tokens[0]!)).toBe(200)
    expect((await list()).value.devices).toHaveLength(1)
  })

  it('by signing out stays ended on an instance that starts later', async () => {
    const { token } = await signIn(one.url, 'Bea')
    expect((await ask(one.url, 'DELETE', token)).status).toBe(204)
    const late = await start('late')
    expect(await statusOf(late.url, token)).toBe(401)
    expect(await reasonAt(late.url, token)).toBe('sign-in')
  })

  it('by a new name ends everywhere for who comes with the former one, and goes on with the new one', async () => {
    const cy = await connectNative(three.url, 'Cy')
    const { token } = cy.session
    const startedAt = performance.now()
    const renamed = await ask(one.url, 'POST', token, { name: 'Cyril' })
    expect(renamed.status).toBe(201)
    await Promise.all([cy.next('(disconnect)'), refusedEverywhere(token, one, two, three)])
    const ms = performance.now() - startedAt
    console.log(`the former name ended everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(EVERYWHERE_WITHIN_MS * 2)
    expect(cy.all('session:ended')).toEqual([])
    for (const { url } of [one, two, three]) expect(await statusOf(url, renamed.answer.token)).toBe(200)
    const again = await connectClient(two.url, asNative(renamed.answer.token))
    expect(await again.next('server:hello')).toMatchObject({ person: { name: 'Cyril', key: cy.person.key } })
  })

  it('with another moderator token has no role any more, nor a mark beside the name', async () => {
    const bo = await connectNative(two.url, 'Bo at two')
    const marks = (id: string) => ({ leaders: [{ id, key: expect.any(String), role: 'moderator' }] })
    const { token, person } = await signIn(one.url, 'Mo', { moderator: MODERATOR })
    expect(person.moderator).toBe(true)
    expect(await bo.next('leaders:changed')).toEqual(marks(person.id))
    expect((await ask(two.url, 'GET', token)).answer.person.moderator).toBe(true)
    const other = await start('other', 'another moderator token')
    const { answer } = await ask(other.url, 'GET', token)
    expect(answer.person.moderator).toBe(false)
    expect((await ask(one.url, 'GET', answer.token)).answer.person.moderator).toBe(false)
    const client = await connectClient(other.url, asNative(token))
    expect(await client.next('server:hello')).toMatchObject({ person: { name: 'Mo', moderator: false }, leaders: [] })
    await ask(one.url, 'DELETE', token)
    expect(await bo.next('leaders:changed')).toEqual({ leaders: [] })
  })

  it('does not end by a role, which holds on every instance within two seconds and the person’s pages learn it', async () => {
    const ro = await connectNative(three.url, 'Ro')
    const { token } = ro.session
    const roleAt = async ({ url }: { url: string }) => (await ask(url, 'GET', token)).answer.person.role
    const startedAt = performance.now()
    await servers[0]?.standings.change(ro.person.id, (before) => ({ ...before, role: 'moderator' }))
    expect(await ro.next('person:changed')).toEqual({ ...ro.person, role: 'moderator', moderator: true })
    for (const server of [one, two, three]) await until('the role', async () => (await roleAt(server)) === 'moderator')
    const ms = performance.now() - startedAt
    console.log(`the role held everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(EVERYWHERE_WITHIN_MS * 2)
    // A missed message, and an instance that starts later.
    proxy.cut()
    await servers[0]?.standings.change(ro.person.id, (before) => ({ ...before, role: 'member' }))
    const client = await lookInto(cluster.redis.url)
    await client.del('{taifas}:letters')
    await client.close()
    proxy.mend()
    expect(await ro.next('person:changed')).toMatchObject({ role: 'member', moderator: false })
    expect(await roleAt(three)).toBe('member')
    const late = await start('afterwards')
    expect(await roleAt(late)).toBe('member')
    await ask(two.url, 'DELETE', token)
    await until('nothing to be left of the person', () => late.standings.of(ro.person.id).role === 'visitor')
  }, 30_000)

  it('while an instance is cut off from Redis ends there when it is back', async () => {
    const dee = await connectNative(three.url, 'Dee')
    const { token } = dee.session
    proxy.cut()
    expect((await ask(one.url, 'DELETE', token)).status).toBe(204)
    await refusedEverywhere(token, one, two)
    expect(await statusOf(three.url, token)).toBe(200)
    // What was said meanwhile is lost: the instance has to find it in the store.
    const client = await lookInto(cluster.redis.url)
    expect(await client.del('{taifas}:letters')).toBe(1)
    await client.close()
    proxy.mend()
    await dee.next('session:ended')
    await refusedEverywhere(token, three)
  }, 30_000)

  it('can’t be confirmed while Redis is away, and is ended everywhere once it is back', async () => {
    const eve = await connectNative(three.url, 'Eve')
    const { token } = eve.session
    proxy.cut()
    expect((await ask(three.url, 'DELETE', token)).status).toBe(503)
    await eve.next('session:ended')
    expect(await statusOf(three.url, token)).toBe(401)
    proxy.mend()
    // Somebody is there, so that the instance looks by itself.
    await connectNative(three.url, 'Fay')
    await refusedEverywhere(token, three)
    const late = await start('later')
    await until('it to be stored', async () => {
      await late.revocations.refresh()
      return (await statusOf(late.url, token)) === 401
    })
  }, 30_000)
})
