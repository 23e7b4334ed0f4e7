// Mutes and bans on three instances that share one Redis.
import { expect, it } from 'vitest'
import { NEWEST, asNative, closeClients, connectClient, connectNative, signIn } from '../clients.ts'
import { openCluster, UNLIMITED_RATE } from '../cluster.fixture.ts'
import { LOBBY, newId, type Message, type Page, type Receipt, type Refusal } from '../../../src/contract.ts'

const TOKEN = 'the moderator token of this test'

it('a ban on one instance refuses the next message on another, closes connections, erases, and bans the address everywhere', async ({
  onTestFinished
}) => {
  const cluster = await openCluster({}, onTestFinished)
  onTestFinished(closeClients)
  const config = { ...UNLIMITED_RATE, moderatorToken: TOKEN }
  const servers = await cluster.startAll(['ams', 'iad', 'syd'], { config })
  const [here, there, far] = servers.map(({ url }) => url) as [string, string, string]
  const moderator = await connectClient(here, asNative((await signIn(here, 'Mo', { moderator: TOKEN })).token))
  const spammer = await connectNative(there, 'Sam', NEWEST)
  const watcher = await connectNative(far, 'Wu', NEWEST)
  for (const client of [moderator, spammer, watcher]) await client.ask('room:open', { room: LOBBY })
  const say = (text: string, client = spammer) =>
    client.ask<Receipt>('message:send', { room: LOBBY, id: newId(), text })
  const newest = async () => {
    const reply = await moderator.ask<Page>('room:before', { room: LOBBY, before: 1_000_000 })
    return reply.ok ? reply.value.messages : []
  }

  const mute = { person: watcher.person.id, lastsMs: 60_000, reason: 'Loud' }
  expect((await moderator.ask('person:mute', mute)).ok).toBe(true)
  const muted = (await say('may I?', watcher)) as Refusal
  expect(muted).toMatchObject({ ok: false, reason: 'not-allowed', detail: 'muted', why: 'Loud' })
  expect(muted.retryAfterMs).toBeLessThanOrEqual(60_000)
  expect(await watcher.next('person:changed')).toMatchObject({ muted: { why: 'Loud' } })
  await moderator.ask('person:unmute', { person: watcher.person.id })
  await expect.poll(async () => (await say('thank you', watcher)).ok).toBe(true)

  // Guests read about a room's settings in the words of their protocol, or nothing where it has none.
  const guest = await connectClient(there, { transports: ['websocket'] })
  const change = (settings: object) => moderator.ask('room:change', { room: LOBBY, ...settings })
  const write = (content: string) => guest.emit('message', { username: 'Guest', content })
  await change({ readOnly: true })
  write('may I?')
  expect(await guest.next('error')).toEqual({ message: 'Nobody but moderators may write here at the moment.' })
  await change({ readOnly: false, slowSeconds: 3_600 })
  write('one')
  await guest.next<{ content: string }>('message', ({ content }) => content === 'one')
  write('two')
  const { message } = await guest.next<{ message: string }>('error')
  expect(message).toMatch(/^Too many messages\. Please wait 3\d\d\d s and try again\.$/)
  await change({ slowSeconds: 0 })

  // Spam goes on while the ban is under way.
  const gone = new Promise<void>((done) => spammer.socket.once('disconnect', () => done()))
  const spam = (async () => {
    for (let n = 0; spammer.socket.connected; n += 1) await Promise.race([say(`spam ${n}`), gone])
  })()
  await expect.poll(async () => (await newest()).length).toBeGreaterThan(5)
  const ban = { person: spammer.person.id, reason: 'Spam', address: true, id: newId() }
  expect((await moderator.ask('person:ban', ban)).ok).toBe(true)
  const last = (await newest()).at(-1)?.seq ?? 0
  const ended = await spammer.next('session:ended')
  expect(ended).toMatchObject({ reason: 'sign-in', detail: 'banned', why: 'Spam' })
  await spam
  expect((await newest()).filter(({ seq }) => seq > last)).toEqual([])

  const { token } = spammer.session
  const refused = await connectClient(far, asNative(token)).catch((cause: Error & { data?: unknown }) => cause.data)
  expect(refused).toMatchObject({ reason: 'sign-in', detail: 'banned', why: 'Spam' })
  const overHttp = await fetch(`${far}/api/session`, { headers: { authorization: `Bearer ${token}` } })
  expect(overHttp.status).toBe(403)
  await expect.poll(() => signIn(far, newId()).catch(({ message }: Error) => message)).toContain('banned')

  // As a repeat does that was sent again because its answer was lost.
  const erased = await moderator.ask<{ erased: number }>('person:ban', { ...ban, erase: true })
  expect(erased.ok && erased.value.erased).toBeGreaterThan(5)
  const texts = (messages: Message[]) => messages.flatMap(({ text, removed }) => (removed ? [] : [text]))
  expect(texts(await newest())).toEqual(['thank you', 'one'])
  await moderator.ask('person:unban', { person: spammer.person.id })
  await expect
    .poll(() =>
      connectClient(far, asNative(token)).then(
        () => true,
        () => false
      )
    )
    .toBe(true)
  await signIn(far, 'Somebody new')
})
