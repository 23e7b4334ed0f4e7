// The published client: its types, the README's bot killed at the worst moments, and a client too old for its server.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { LOBBY, OLDEST_WIRE_VERSION, WIRE_VERSION, type Message } from '../../src/contract.ts'
import { buildForFile, compile, endPrograms, installClient, run, type Ended } from './published.fixture.ts'
import { openFixture, type Fixture } from './server.fixture.ts'

afterAll(endPrograms)

const BOT = join(import.meta.dirname, 'bot.example.mjs')
const PINGS = 2
const PATIENT = { timeout: 30_000 }
buildForFile()
// Programs are built, started and killed.
vi.setConfig({ testTimeout: 60_000 })

test('its types are complete without our sources', async () => {
  const folder = newFolder()
  installClient(folder)
  const complaints = await compile(
    folder,
    'program.mts',
    `
import { browserStore, ClientError, fileStore, memoryStore, openClient, type Client, type HeardEvent } from 'taifas/client'
const client: Client = await openClient({ url: 'http://localhost:3000', name: 'Bot', store: fileStore('./bot') })
const room = client.room('lobby', { from: 'beginning' })
room.onMessage(async (event: HeardEvent) => {
  const receipt = await event.reply(event.message.text)
  const at: number = receipt.at
  await room.react(event.message, '👍', at > 0, { id: await event.idFor('thumb') })
})
room.onReset(({ from, to, replaced }) => console.log(from.seq, to.seq, replaced))
client.ended.then((error: ClientError | null) => error?.reason === 'too-old')
// @ts-expect-error a text is a string
room.send(7)
// @ts-expect-error no such state
room.state === 'fine'
void [memoryStore, browserStore(localStorage)]
`
  )
  expect(complaints).toBe('')
})

// The same ten lines over a store that kills the process at each write, once. The library does not know the hook.
const KILLING = `
import { existsSync, writeFileSync } from 'node:fs'
const dieOnce = (mark) => {
  if (existsSync(mark)) return
  writeFileSync(mark, '')
  process.kill(process.pid, 'SIGKILL')
}
const killing = (store) => ({
  ...store,
  async put(key, value) {
    if (key.startsWith('place:') && value.at.seq > 1) dieOnce('./died-place-' + value.at.seq)
    await store.put(key, value)
    if (key.startsWith('outbox:')) dieOnce('./died-outbox-' + value[0].id)
  }
})
`

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
test.runIf(readme.includes('taifas/client'))('the README shows the bot that is tried here', () => {
  expect(readme).toContain(readFileSync(BOT, 'utf8').trim())
})

test('killed at each write of its place and of its outbox, after the reply went out, a bot answers each ping once', async () => {
  const fixture = await openFixture()
  const folder = newFolder()
  installClient(folder)
  const [imports, ...rest] = readFileSync(BOT, 'utf8').split('\n')
  const program = rest.join('\n').replace("fileStore('./data/echo')", "killing(fileStore('./data/echo'))")
  writeFileSync(join(folder, 'bot.mjs'), `${imports}\n${KILLING}\n${program}`)

  const over = new AbortController()
  const end = () => {
    over.abort()
    endPrograms()
  }
  onTestFinished(end)
  const ended: Ended[] = []
  const living = (async () => {
    while (!over.signal.aborted) ended.push(await run(process.execPath, ['bot.mjs', fixture.url], folder))
  })()
  const { say } = fixture.speaker()
  await say('before')
  await vi.waitFor(() => expect(placeIn(folder)).toBe(1), PATIENT)
  for (let n = 0; n < PINGS; n += 1) await say('ping', `and so on ${n}`)
  const all = await settled(fixture, folder)
  end()
  await living
  expect(ended.slice(0, -1).filter(({ signal }) => signal !== 'SIGKILL')).toEqual([])
  const messagesOf = (wanted: string) => all.filter(({ text }) => text === wanted)
  expect(messagesOf('pong').map(({ replyTo }) => replyTo)).toEqual(messagesOf('ping').map(({ id }) => id))
  const deaths = readdirSync(folder).filter((name) => name.startsWith('died-'))
  console.log(`${deaths.length} kills, ${PINGS} pings`)
  for (const what of ['place', 'outbox'])
    expect(deaths.filter((name) => name.startsWith(`died-${what}`)).length).toBeGreaterThanOrEqual(PINGS)
})

/** All of the room, once the bot's place is at its end: it has received everything, including its own messages. */
async function settled(fixture: Fixture, folder: string): Promise<Message[]> {
  let all: Message[] = []
  await vi.waitFor(
    async () => {
      all = await fixture.all()
      expect(all.filter(({ text }) => text === 'pong').length).toBeGreaterThanOrEqual(PINGS)
      expect(placeIn(folder)).toBe(all.at(-1)?.seq)
    },
    { timeout: 50_000, interval: 100 }
  )
  return all
}

function placeIn(folder: string): number {
  const file = join(folder, 'data/echo', `${encodeURIComponent(`place:${LOBBY}`)}.json`)
  if (!existsSync(file)) return -1
  return (JSON.parse(readFileSync(file, 'utf8')) as { at: { seq: number } }).at.seq
}

test('the bot of the README runs unchanged; a second one on its store, one with its name, and one on an old Node say what is wrong', async () => {
  const { url, speaker, all } = await openFixture()
  const folder = newFolder()
  installClient(folder)
  cpSync(BOT, join(folder, 'bot.mjs'))
  const bot = run(process.execPath, ['bot.mjs', url], folder)
  onTestFinished(endPrograms)
  await vi.waitFor(() => expect(placeIn(folder)).toBe(0), PATIENT)

  const beside = await run(process.execPath, ['bot.mjs', url], folder)
  expect(beside.printed).toContain(
    './data/echo is in use by another program. Stop that program, or give this one a store'
  )
  cpSync(join(folder, 'bot.mjs'), join(folder, 'elsewhere/bot.mjs'))
  const namesake = await run(process.execPath, ['bot.mjs', url], join(folder, 'elsewhere'))
  expect(namesake.printed).toContain(
    'refused: name-taken (somebody has this name or one that looks like it, perhaps another copy'
  )
  // As in Node 20.
  const old = await run(process.execPath, ['--no-experimental-websocket', 'bot.mjs', url], join(folder, 'elsewhere'))
  expect(old.printed).toContain('taifas/client needs Node 24, or a browser')
  expect([beside.code, namesake.code, old.code]).toEqual([1, 1, 1])

  await speaker().say('ping')
  await vi.waitFor(async () => expect((await all()).at(-1)).toMatchObject({ text: 'pong' }), PATIENT)
  endPrograms()
  expect((await bot).printed).toBe(`Echo listens at ${url}\n`)
})

test('a client too old for the server ends with a clear error after one attempt', async () => {
  const fixture = await openFixture()
  let attempts = 0
  fixture.server.gateway.io.engine.on('connection', () => (attempts += 1))
  const folder = newFolder()
  const { clientFile } = installClient(folder)
  const text = readFileSync(clientFile, 'utf8')
  const ours = `WIRE_VERSION = ${WIRE_VERSION};`
  expect(text.split(ours)).toHaveLength(2)
  writeFileSync(clientFile, text.replace(ours, `WIRE_VERSION = ${OLDEST_WIRE_VERSION - 1};`))
  cpSync(BOT, join(folder, 'bot.mjs'))
  const { code, printed } = await run(process.execPath, ['bot.mjs', fixture.url], folder)
  expect(code).toBe(1)
  expect(printed).toMatch(/no longer understands this version of the client/)
  expect(attempts).toBe(1)
})
