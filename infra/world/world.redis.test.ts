// `npm run world` as a person uses it: buttons are pressed by HTTP, real signals reach real processes, and what came of it is read
// from screens on the other side. Then Ctrl-C.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newFolder } from '../testing/folder.ts'
import { isAlive } from '../testing/child.ts'
import { closeClients, connectClient, type TestClient } from '../testing/clients.ts'
import * as history from '../testing/history.ts'
import { bound } from '../testing/spawn-bound.ts'
import { openScreen, type Screen } from '../testing/screen.ts'
import type { Operation, RegionState } from './page.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATIENCE = { timeout: 30_000 }
/** What two people say each, while something happens to their connections. */
const WORDS_EACH = 8
/** By then who has lost the connection and hasn't come back is seen leaving: the promise is 8 s. */
const SEEN_LEAVING_MS = 10_000

describe('the world', { timeout: 90_000 }, () => {
  let world: ReturnType<typeof spawn>
  let url: string
  let temporary: string
  const screens: Screen[] = []
  /** Hears who comes and who leaves; in Virginia, where nothing happens at first. */
  let watcher: TestClient
  let restartedAt = 0
  beforeAll(async () => {
    temporary = newFolder()
    // A group of its own, as a terminal gives one.
    world = spawn(...bound(process.execPath, ['infra/world/world.ts', '--port', '0', '--check-every-ms', '500']), {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true
    })
    let printed = ''
    world.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    while (!/nrt .*\n/.test(printed)) {
      if (world.exitCode !== null) throw new Error(`the world ended: ${printed}`)
      await new Promise((done) => setTimeout(done, 50))
    }
    url = /http:\S+/.exec(printed)?.[0] ?? ''
  }, 60_000)
  afterAll(() => {
    for (const screen of screens) screen.close()
    closeClients()
    if (world.exitCode === null && world.pid) process.kill(-world.pid, 'SIGKILL')
  })

  const regions = async () => (await (await fetch(`${url}/regions`)).json()) as RegionState[]
  const region = async (name: string) => (await regions()).find((one) => one.region === name)
  const press = async (name: string, operation: Operation) =>
    expect((await fetch(`${url}/regions/${name}/${operation}`, { method: 'POST' })).status).toBe(204)
  async function screen(name: string, at: string) {
    const screen = await openScreen({ name, urls: [(await region(at))?.url ?? ''] })
    await screen.until(({ cursor }) => cursor !== null)
    screens.push(screen)
    return screen
  }
  /** What the screens say against "every message once, in one order, on every screen". */
  function complaints(): string[] {
    const shown = screens.flatMap((screen) => screen.shown)
    const acknowledged = screens.flatMap((screen) => screen.acknowledged)
    return [
      ...history.lost(acknowledged, shown),
      ...history.repeated(shown, acknowledged),
      ...history.holes(shown),
      ...history.disagreements(history.ordersOf(shown))
    ]
  }
  const showsEverywhere = async (text: string) => {
    for (const screen of screens) await screen.until(({ shown }) => shown.some((one) => one.text === text))
  }

  it('shows three regions, who is in them and how far they are', async () => {
    const page = await (await fetch(url)).text()
    expect(page).toContain('<h1>The world</h1>')
    const [ana, bo] = [await screen('Ana', 'ams'), await screen('Bo', 'nrt')]
    await ana.say('hello from ams')
    await bo.say('hello from nrt')
    await showsEverywhere('hello from nrt')
    watcher = await connectClient((await region('iad'))?.url ?? '', { transports: ['websocket'] })
    watcher.emit('add-user', 'watcher')
    await watcher.next('login')
    await expect.poll(async () => (await region('iad'))?.people, PATIENCE).toEqual({ ams: 1, iad: 1, nrt: 1 })
    const seen = await regions()
    expect(seen.map(({ region, served, healthy }) => [region, served?.by, healthy])).toEqual([
      ['ams', 'ams', true],
      ['iad', 'iad', true],
      ['nrt', 'nrt', true]
    ])
    expect(seen[0]).toMatchObject({ city: 'Amsterdam', roundTrips: { ams: 1, iad: 85, nrt: 233, Redis: 85 } })
  })

  it('restart: the proxies of two regions end all connections in the midst of a talk, and it goes on', async () => {
    const [ana, bo] = screens as [Screen, Screen]
    const talk = [ana, bo].flatMap((who) =>
      Array.from({ length: WORDS_EACH }, (_, n) => who.say(`${who.name} ${n}, through a restart`))
    )
    await Promise.all([talk[1], talk[WORDS_EACH + 1]])
    await Promise.all([press('ams', 'restart'), press('nrt', 'restart')])
    restartedAt = performance.now()
    await Promise.all(talk)
    for (const { name } of [ana, bo]) await showsEverywhere(`${name} ${WORDS_EACH - 1}, through a restart`)
    expect([ana.synced, bo.synced]).toEqual([['events'], ['events']])
    expect(complaints()).toEqual([])
  })

  it('kill: its people go on in the nearest region, and the next are theirs again after a start', async () => {
    const ana = screens[0]!
    await press('ams', 'kill')
    await ana.say('from ams, after the kill')
    await showsEverywhere('from ams, after the kill')
    expect(await region('ams')).toMatchObject({ machine: 'gone', served: { by: 'iad' } })
    // It is as far away as the real one.
    expect((await region('ams'))?.served?.ms).toBeGreaterThanOrEqual(85)
    await press('ams', 'start')
    await expect.poll(() => region('ams'), PATIENCE).toMatchObject({ machine: 'runs', served: { by: 'ams' } })
  })

  it('stall: nobody new gets in there, the others go on; awake, it has all that was said', async () => {
    const [ana, bo] = screens as [Screen, Screen]
    await press('nrt', 'stall')
    await ana.say('while nrt is stalled')
    expect(bo.shown.map(({ text }) => text)).not.toContain('while nrt is stalled')
    await expect.poll(() => region('nrt'), PATIENCE).toMatchObject({ machine: 'stalled', served: { by: 'iad' } })
    await press('nrt', 'wake')
    await showsEverywhere('while nrt is stalled')
    await expect.poll(() => region('nrt'), PATIENCE).toMatchObject({ machine: 'runs', served: { by: 'nrt' } })
  })

  it('in all of this nobody was seen leaving', async () => {
    await new Promise((done) => setTimeout(done, Math.max(0, restartedAt + SEEN_LEAVING_MS - performance.now())))
    expect(watcher.all('user-left')).toEqual([])
    expect(watcher.all('user-joined')).toEqual([])
  })

  it('cut: people of a region without network go on elsewhere, and it recovers when it is back', async () => {
    const cy = await screen('Cy', 'iad')
    await press('iad', 'cut')
    await cy.say('from iad, after the cut')
    await showsEverywhere('from iad, after the cut')
    expect(await region('iad')).toMatchObject({ machine: 'runs', network: 'cut', served: { by: 'ams' } })
    await press('iad', 'mend')
    await expect.poll(() => region('iad'), PATIENCE).toMatchObject({ network: 'open', served: { by: 'iad' } })
    await cy.say('at the end')
    await showsEverywhere('at the end')
    expect(complaints()).toEqual([])
  })

  it('another page can’t press its buttons', async () => {
    const answers = await Promise.all([
      fetch(`${url}/regions/ams/kill`, { method: 'POST', headers: { origin: 'https://elsewhere.example' } }),
      fetch(`${url}/regions/ams/explode`, { method: 'POST' }),
      fetch(`${url}/regions/ams/kill`)
    ])
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    expect(await region('ams')).toMatchObject({ machine: 'runs' })
  })

  it('Ctrl-C leaves nothing behind: no process, no file', async () => {
    const family = descendants(world.pid ?? 0)
    // Redis and three instances.
    expect(family).toHaveLength(4)
    expect(readdirSync(temporary)).not.toEqual([])
    await press('nrt', 'stall')
    const ended = once(world, 'exit')
    // From the terminal to all of the group, and passed on by npm.
    for (const pid of [-(world.pid ?? 0), world.pid ?? 0]) process.kill(pid, 'SIGINT')
    expect(await ended).toEqual([0, null])
    expect(family.filter(isAlive)).toEqual([])
    expect(readdirSync(temporary)).toEqual([])
  })
})

function descendants(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n')
  const all = lines.map((line) => line.trim().split(/\s+/))
  const children = (of: number): number[] =>
    all
      .filter(([, parent, name]) => Number(parent) === of && name !== 'ps')
      .flatMap(([child]) => [Number(child), ...children(Number(child))])
  return children(pid)
}
