// The published client: its types, the README's bot killed at the worst moments, and a client too old for its server.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { LOBBY, OLDEST_WIRE_VERSION, WIRE_VERSION, type Message } from '../../src/contract.ts'
import { buildForFile, compile, endPrograms, installClient, run, type Ended } from './published.fixture.ts'
import { openStage, type Stage } from './server.fixture.ts'

afterAll(endPrograms)

const BOT = join(import.meta.dirname, 'bot.example.mjs')
const PINGS = 2
const PATIENT = { timeout: 30_000 }
buildForFile()
// Programs are built, started and killed.
vi.setConfig({ testTimeout: 60_000 })

test('its types are complete without our sources', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'taifas-types-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
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

// The same ten lines over a store that kills the process. The library does not know the hook.
const KILLING = (when: 'place' | 'outbox') => `
import { existsSync, writeFileSync } from 'node:fs'
const once = (mark) => !existsSync(mark) && (writeFileSync(mark, ''), true)
const die = () => process.kill(process.pid, 'SIGKILL')
const killing = (store) => ({
  ...store,
  async put(key, value) {
    if ('${when}' === 'place' && key.startsWith('place:') && value.at.seq > 1 && once('./died-' + value.at.seq)) die()
    await store.put(key, value)
    if ('${when}' === 'outbox' && key.startsWith('outbox:') && once('./died-' + value[0].id)) die()
  }
})
`
const SAFE = "await event.reply('pong')"
const UNSAFE = "await client.room('lobby').send('pong')"

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
test.runIf(readme.includes('taifas/client'))('the README shows the bot that is tried here', () => {
  expect(readme).toContain(readFileSync(BOT, 'utf8').trim())
})

test.each(['place', 'outbox'] as const)(
  'killed at each write of its %s, after the reply went out, a bot answers each ping once',
  async (when) => {
    const { pings, pongs, deaths } = await play(when, SAFE)
    expect(deaths).toBeGreaterThanOrEqual(PINGS)
    expect(pongs.map(({ replyTo }) => replyTo)).toEqual(pings.map(({ id }) => id))
    console.log(`${deaths} kills, ${pings.length} pings, ${pongs.length} pongs`)
  }
)

test('control: a reply without the event’s id is repeated', async () => {
  const { pings, pongs } = await play('place', UNSAFE)
  expect(pongs.length).toBeGreaterThan(pings.length)
})

async function play(when: 'place' | 'outbox', answer: string) {
  const stage = await openStage()
  const folder = stage.folder()
  installClient(folder)
  const bot = readFileSync(BOT, 'utf8')
  expect(bot).toContain(SAFE)
  const [imports, ...rest] = bot.split('\n')
  const program = rest
    .join('\n')
    .replace("fileStore('./data/echo')", "killing(fileStore('./data/echo'))")
    .replace(SAFE, answer)
  writeFileSync(join(folder, 'bot.mjs'), `${imports}\n${KILLING(when)}\n${program}`)

  let over = false
  onTestFinished(() => {
    over = true
    endPrograms()
  })
  const ended: Ended[] = []
  const living = (async () => {
    for (;;) {
      if (over) return
      ended.push(await run(process.execPath, ['bot.mjs', stage.url], folder))
    }
  })()
  const { say } = stage.speaker()
  await say('before')
  await vi.waitFor(() => expect(placeIn(folder)).toBe(1), PATIENT)
  for (let n = 0; n < PINGS; n += 1) await say('ping', `and so on ${n}`)
  const all = await settled(stage, folder)
  over = true
  endPrograms()
  await living
  const killed = ended.slice(0, -1)
  expect(killed.filter(({ signal }) => signal !== 'SIGKILL')).toEqual([])
  return {
    pings: all.filter(({ text }) => text === 'ping'),
    pongs: all.filter(({ text }) => text === 'pong'),
    deaths: readdirSync(folder).filter((name) => name.startsWith('died-')).length
  }
}

/** All of the room, once the bot's place is at its end: it has received everything, including its own messages. */
async function settled(stage: Stage, folder: string): Promise<Message[]> {
  let all: Message[] = []
  await vi.waitFor(
    async () => {
      all = await stage.all()
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
  const { url, folder: newFolder, speaker, all } = await openStage()
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
  const stage = await openStage()
  let attempts = 0
  stage.server.gateway.io.engine.on('connection', () => (attempts += 1))
  const folder = stage.folder()
  const { clientFile } = installClient(folder)
  const text = readFileSync(clientFile, 'utf8')
  const ours = `WIRE_VERSION = ${WIRE_VERSION};`
  expect(text.split(ours)).toHaveLength(2)
  writeFileSync(clientFile, text.replace(ours, `WIRE_VERSION = ${OLDEST_WIRE_VERSION - 1};`))
  cpSync(BOT, join(folder, 'bot.mjs'))
  const { code, printed } = await run(process.execPath, ['bot.mjs', stage.url], folder)
  expect(code).toBe(1)
  expect(printed).toMatch(/no longer understands this version of the client/)
  expect(attempts).toBe(1)
})
