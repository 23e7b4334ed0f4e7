// Regions go away under their people: in a deploy, in a crash, with the computer they run on, or to sleep. A client that isn't ours
// nor Socket.IO's own talks through it without a pause; and what the platform then does with the machine is seen from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPython, type PythonClient } from '../python.ts'
import { openScreen, type Screen } from '../screen.ts'
import type { Operation, World } from '../../world/page.ts'
import { openWorld } from '../../world/world.ts'

/** Between two messages; half of what one may say for good. */
const PACE_MS = 100
const NAME = 'Py'
const PATIENCE = { timeout: 30_000 }

interface Heard {
  content: string
  seq: number
}

describe('a region goes away', { timeout: 90_000 }, () => {
  let world: World
  let urls: Record<string, string>
  const screens: Screen[] = []
  beforeAll(async () => {
    world = await openWorld({ checkEveryMs: 200 })
    urls = Object.fromEntries((await world.regions()).map(({ region, url }) => [region, url]))
  })
  afterAll(async () => {
    for (const screen of screens) screen.close()
    await world.close()
  })

  const region = async (name: string) => (await world.regions()).find((one) => one.region === name)!
  async function screen(name: string, at: string) {
    const screen = await openScreen({ name, urls: [urls[at] ?? ''] })
    screens.push(screen)
    return screen
  }
  /** Which region answers who comes in here. */
  const visit = async (at: string) =>
    ((await (await fetch(`${urls[at]}/health/live`)).json()) as { region: string }).region

  it('python3-socketio comes back by itself, into another one, and talks on', async () => {
    const ana = await screen('Ana', 'nrt')
    const python = startPython(urls['ams'] ?? '', undefined, { comesBack: true })
    let spoken = 0
    let talking: NodeJS.Timeout | undefined

    /** Everybody has heard all that was said before. */
    async function anaSays(text: string) {
      await ana.say(text)
      await python.next('message', (said) => (said as Heard).content === text)
      await ana.until(({ shown }) => shown.some((one) => one.text === text))
    }
    /** Each hears what the other says from now on. */
    async function theyTalk() {
      const from = spoken
      await anaSays(`are you there, after ${from}?`)
      await ana.until(({ shown }) => shown.some(({ text }) => numberIn(text) > from))
    }

    try {
      expect(await comesIn(python)).toBe('ams')
      talking = setInterval(() => python.emit('new-message', `${NAME} ${(spoken += 1)}`), PACE_MS)
      await theyTalk()
      const journey: [away: string, operation: Operation, to: string][] = [
        ['ams', 'drain', 'iad'],
        ['iad', 'kill', 'ams'],
        ['ams', 'stop', 'iad']
      ]
      for (const [away, operation, to] of journey) {
        const leftAt = performance.now()
        await world.press(away, operation)
        expect(await comesIn(python)).toBe(to)
        await theyTalk()
        console.log(`${operation} ${away}: it talks on in ${to} after ${Math.round(performance.now() - leftAt)} ms`)
        await world.press(away, 'start')
      }

      clearInterval(talking)
      await anaSays('that was all')
      const shown = ana.shown.map(({ text }) => numberIn(text)).filter((number) => number > 0)
      const heard = python.all('message') as Heard[]
      const echoed = heard.map(({ content }) => numberIn(content)).filter((number) => number > 0)
      console.log(`${spoken} said, ${shown.length} shown, ${echoed.length} came back to who had said them`)
      // What it says while it isn't connected is lost, as with any plain server, and never comes back to it either.
      expect(shown).toEqual(ascending(shown))
      expect(echoed.filter((number) => !shown.includes(number))).toEqual([])
      // In whatever order: it hears each word in a thread of its own.
      const seqs = heard.map(({ seq }) => seq)
      expect(seqs).toHaveLength(new Set(seqs).size)
    } finally {
      clearInterval(talking)
      python.close()
      await python.ended
    }
  })

  it('crash: the platform starts it again by itself', async () => {
    const bo = await screen('Bo', 'ams')
    const { pid } = await region('ams')
    await world.press('ams', 'crash')
    await bo.say('from ams, after the crash')
    await expect.poll(() => region('ams'), PATIENCE).toMatchObject({ machine: 'runs', served: { by: 'ams' } })
    expect((await region('ams')).pid).not.toBe(pid)
  })

  it('stop: its people go on elsewhere while it sleeps, and the next visitor wakes it and is served there', async () => {
    const cy = await screen('Cy', 'ams')
    await world.press('ams', 'stop')
    await cy.say('from ams, while it sleeps')
    expect(await region('ams')).toMatchObject({ machine: 'sleeps', pid: null, served: { by: 'iad' } })
    // Those who come at once, like the ones it has just shown out, don't wake it.
    await expect.poll(() => visit('ams'), PATIENCE).toBe('ams')
    await screen('Dy', 'ams')
    expect(await region('ams')).toMatchObject({ machine: 'runs', served: { by: 'ams' } })
    await expect.poll(async () => (await region('nrt')).people, PATIENCE).toMatchObject({ ams: 1 })
  })

  it('a process that exits by itself with 0 sleeps as well, as an idle one does', async () => {
    const { pid } = await region('iad')
    process.kill(pid ?? 0, 'SIGTERM')
    await expect.poll(() => region('iad'), PATIENCE).toMatchObject({ machine: 'sleeps', served: { by: 'ams' } })
    await expect.poll(() => visit('iad'), PATIENCE).toBe('iad')
    const [last] = screens.slice(-1)
    await last?.say('at the end')
    for (const { until } of screens) await until(({ shown }) => shown.some(({ text }) => text === 'at the end'))
  })
})

/** Connected, and says who it is, as such programs do each time. Returns the region it is in. */
async function comesIn(python: PythonClient): Promise<string> {
  const { session } = (await python.next('(connect)')) as { session: string }
  python.emit('add-user', NAME)
  await python.next('login')
  return /^machine([a-z]+)\./.exec(session)?.[1] ?? session
}

/** Which of its messages this is; 0: somebody else's. */
const numberIn = (text: string) => Number(/^Py (\d+)$/.exec(text)?.[1] ?? 0)

/** In order, and none twice. */
const ascending = (numbers: number[]) => [...new Set(numbers)].toSorted((one, other) => one - other)
