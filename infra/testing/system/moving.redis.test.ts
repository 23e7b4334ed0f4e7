// Regions disappear in a deploy, in a crash, with their host, or when idle. A client in another language keeps talking through all of
// it, and the tests check from outside what the platform does with the machine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPython, type PythonClient } from '../python.ts'
import { openScreen, type Screen } from '../screen.ts'
import type { World } from '../../world/page.ts'
import { openWorld } from '../../world/world.ts'

/** Between two messages: half of the sustained rate limit. */
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
  /** The region that answers a request sent to this one. */
  const visit = async (at: string) =>
    ((await (await fetch(`${urls[at]}/health/live`)).json()) as { region: string }).region

  it('python3-socketio comes back by itself, into another one, and talks on', async () => {
    const ana = await screen('Ana', 'nrt')
    const python = startPython(urls['ams'] ?? '', undefined, NAME)
    let spoken = 0
    let talking: NodeJS.Timeout | undefined

    /** Sends a message that both receive, after all earlier ones. */
    async function anaSays(text: string) {
      await ana.say(text)
      await python.next('message', (said) => (said as Heard).content === text)
      await ana.until(({ shown }) => shown.some((one) => one.text === text))
    }
    /** Waits until each receives what the other sends from now on. */
    async function theyTalk() {
      const from = spoken
      await anaSays(`are you there, after ${from}?`)
      await ana.until(({ shown }) => shown.some(({ text }) => numberIn(text) > from))
    }

    try {
      let { at, session } = await comesIn(python)
      talking = setInterval(() => python.emit('new-message', `${NAME} ${(spoken += 1)}`), PACE_MS)
      await theyTalk()
      for (const operation of ['drain', 'kill', 'stop'] as const) {
        const left = at
        const leftAt = performance.now()
        await world.press(left, operation)
        // The nearest that answers in time, which on a busy machine may be the farthest. Who comes late starts a stopped one again.
        ;({ at, session } = await comesIn(python, session, operation === 'stop' ? null : left))
        await theyTalk()
        console.log(`${operation} ${left}: it talks on in ${at} after ${Math.round(performance.now() - leftAt)} ms`)
        await world.press(left, 'start')
      }

      clearInterval(talking)
      await anaSays('that was all')
      const heard = python.all('message') as Heard[]
      // Its own last one may come back to it before it reaches her.
      await ana.until(({ shown }) => heard.every(({ content }) => shown.some(({ text }) => text === content)))
      const shown = ana.shown.map(({ text }) => numberIn(text)).filter((number) => number > 0)
      const echoed = heard.map(({ content }) => numberIn(content)).filter((number) => number > 0)
      console.log(`${spoken} said, ${shown.length} shown, ${echoed.length} came back to who had said them`)
      // Messages that it sends while disconnected are lost, as with any Socket.IO server, and are not echoed later.
      expect(shown).toEqual(ascending(shown))
      // In any order: it handles each event in a thread of its own.
      const seqs = heard.map(({ seq }) => seq)
      expect(seqs).toHaveLength(new Set(seqs).size)
    } finally {
      clearInterval(talking)
      await python.close()
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

  it('stop: its people continue elsewhere while it is stopped, and the next visitor starts it and is served there', async () => {
    const cy = await screen('Cy', 'ams')
    await world.press('ams', 'stop')
    await cy.say('from ams, while it sleeps')
    expect(await region('ams')).toMatchObject({ machine: 'sleeps', pid: null, served: { by: 'iad' } })
    // Visitors who come at once, such as its former people, do not start it.
    await expect.poll(() => visit('ams'), PATIENCE).toBe('ams')
    await screen('Dy', 'ams')
    expect(await region('ams')).toMatchObject({ machine: 'runs', served: { by: 'ams' } })
    await expect.poll(async () => (await region('nrt')).people, PATIENCE).toMatchObject({ ams: 1 })
  })

  it('a process that exits by itself with 0 counts as stopped, as an idle one does', async () => {
    const { pid } = await region('iad')
    process.kill(pid ?? 0, 'SIGTERM')
    await expect.poll(() => region('iad'), PATIENCE).toMatchObject({ machine: 'sleeps', served: { by: 'ams' } })
    await expect.poll(() => visit('iad'), PATIENCE).toBe('iad')
    const [last] = screens.slice(-1)
    await last?.say('at the end')
    for (const { until } of screens) await until(({ shown }) => shown.some(({ text }) => text === 'at the end'))
  })
})

/** Waits until it has signed in in another session than `last`, and in another region than `left`. */
async function comesIn(python: PythonClient, last = '', left: string | null = null) {
  const of = (login: unknown) => {
    const { session } = login as { session: string }
    return { session, at: /^machine(\w+)\./.exec(session)?.[1] ?? '' }
  }
  return of(
    await python.next('(login)', (login) => {
      const { session, at } = of(login)
      return session !== last && at !== left
    })
  )
}

/** The number of its message; 0 for other clients' messages. */
const numberIn = (text: string) => Number(/^Py (\d+)$/.exec(text)?.[1] ?? 0)

/** In order, and none twice. */
const ascending = (numbers: number[]) => [...new Set(numbers)].toSorted((one, other) => one - other)
