// Instances as processes, with shorter presence intervals and a watcher on each: compares what they show and announce with the truth.
import { setTimeout as wait } from 'node:timers/promises'
import { LOBBY, type RoomTotals } from '../../src/contract.ts'
import { untilReady } from './chat-server.ts'
import { startChild, type ChildServer } from './child.ts'
import { connectClient, request, signIn } from './clients.ts'
import { openCrowd, type Absence, type Somebody } from './crowd.ts'
import { until } from './until.ts'
import { openWatcher, type Watcher } from './watcher.ts'

const LOOK_EVERY_MS = 50

/** `rooms`: watched besides the lobby; `makeRooms` creates them. */
export function openPresenceFixture(options: { regions: string[]; rooms: string[]; env(): Record<string, string> }) {
  const { regions, env } = options
  const rooms = [LOBBY, ...options.rooms]
  const servers = new Map<string, ChildServer>()
  const watchers = new Map<string, Watcher>()
  /** Of all instances so far, ended ones included. */
  const everyWatcher: Watcher[] = []
  const faults: string[] = []
  const urls = () => [...servers.values()].map(({ url }) => url)
  const crowd = openCrowd(urls)
  let probes = 0

  const truth = (room: string) => [...crowd.names(room), ...[...watchers.values()].map(({ name }) => name)].toSorted()

  async function start(region: string) {
    const server = await startChild(
      { LOG_LEVEL: 'info', RATE_BURST: '100000', FLY_REGION: region, FLY_MACHINE_ID: `machine${region}`, ...env() },
      ['infra/testing/quick-instance.ts']
    )
    await untilReady(server)
    servers.set(region, server)
  }

  async function watch(region: string) {
    const watcher = await openWatcher(servers.get(region)?.url ?? '', `watcher ${everyWatcher.length}`, rooms)
    everyWatcher.push(watcher)
    watchers.set(region, watcher)
  }

  async function presence(url: string) {
    return (await (await fetch(`${url}/api/presence`)).json()) as {
      everywhere: RoomTotals
      lobby: RoomTotals
      stale: boolean
    }
  }

  /** Every difference between an instance and the truth, as a sentence. */
  async function wrongs(region: string, watcher: Watcher): Promise<string[]> {
    const found: string[] = []
    const differ = (what: string, shown: unknown, is: unknown) =>
      shown !== is && found.push(`${region}: ${what} is ${String(shown)} and should be ${String(is)}`)
    for (const room of rooms) {
      const is = truth(room)
      const view = await watcher.look(room)
      for (const [what, names] of [
        ['view', view.people.map(({ name }) => name)],
        ['seen', watcher.shown(room)]
      ] as const) {
        const ghosts = names.filter((name) => !is.includes(name))
        const missing = is.filter((name) => !names.includes(name))
        if (ghosts.length + missing.length > 0)
          found.push(`${region} ${room} ${what}: ghosts ${ghosts.join()}; missing ${missing.join()}`)
      }
      differ(`count of ${room}`, view.count, is.length)
      differ(`total shown of ${room}`, watcher.total(room), is.length)
      differ(`sum of regions of ${room}`, sum(view), is.length)
    }
    const { everywhere, lobby } = await presence(watcher.url)
    differ('/api/presence lobby', lobby.count, truth(LOBBY).length)
    differ('/api/presence everywhere', everywhere.count, new Set(rooms.flatMap(truth)).size)
    differ('/api/presence regions', sum(everywhere), everywhere.count)
    return found
  }

  return {
    crowd,
    faults,
    urls,
    url: (region: string) => servers.get(region)?.url ?? '',
    watchers: () => [...watchers.values()],

    async open() {
      await Promise.all(regions.map(start))
      await this.makeRooms()
      for (const region of regions) await watch(region)
    },

    /** Call it again after the store forgot everything. */
    async makeRooms() {
      const [url = ''] = urls()
      const { token } = await signIn(url, `maker ${Math.random()}`)
      for (const title of options.rooms) await request('POST', `${url}/api/rooms`, { token, body: { title } })
    },

    async start(region: string) {
      await start(region)
      await watch(region)
    },

    async end(region: string, signal: 'SIGTERM' | 'SIGKILL') {
      const server = servers.get(region)
      if (signal === 'SIGTERM') watchers.get(region)?.close()
      servers.delete(region)
      watchers.delete(region)
      await server?.end(signal)
    },

    /** Milliseconds until everything is right everywhere, or null and a fault when it takes too long. */
    async settle(title: string, withinMs: number): Promise<number | null> {
      const begun = performance.now()
      for (;;) {
        const found = (await Promise.all([...watchers].map(([region, watcher]) => wrongs(region, watcher)))).flat()
        const ms = performance.now() - begun
        if (found.length === 0) return ms
        if (ms > withinMs) {
          faults.push(...found.map((wrong) => `${title}: ${wrong}`))
          return null
        }
        await wait(LOOK_EVERY_MS)
      }
    },

    async untilFresh() {
      for (const url of urls()) await until(`${url} to know who is here`, async () => !(await presence(url)).stale)
    },

    /** A guest joins and leaves on each instance: every count that a watcher receives about it has to be right. */
    async countAloud(title: string) {
      for (const url of urls()) {
        const is = truth(LOBBY).length
        const name = `probe ${(probes += 1)}`
        const guest = await connectClient(url, { transports: ['websocket'] })
        guest.emit('add-user', name)
        const { numUsers } = await guest.next<{ numUsers: number }>('login')
        if (numUsers !== is + 1) faults.push(`${title}: login says ${numUsers} and should say ${is + 1}`)
        await this.expectCount(title, 'joined', name, is + 1)
        guest.close()
        await this.expectCount(title, 'left', name, is)
      }
    },

    async expectCount(title: string, event: string, name: string, numUsers: number) {
      for (const [region, { seen }] of watchers) {
        const news = await until(`${region} to say that ${name} ${event}`, () =>
          seen.find((one) => one.room === 'classic' && one.change === event && one.name === name)
        )
        if (news.numUsers !== numUsers)
          faults.push(`${title}: ${region} says ${name} ${event}, ${news.numUsers}; should be ${numUsers}`)
      }
    },

    /**
     * Since then no watcher received that any of these people left or joined. People who could not come back in time, on a busy machine,
     * are excepted; returns how many these were.
     */
    noneSeen(
      title: string,
      since: number,
      people: readonly Somebody[],
      isInTime: (absence: Absence) => boolean
    ): number {
      const present = people.filter((who) => who.absences(since).every(isInTime))
      const names = new Set(present.map(({ name }) => name))
      for (const { name: watcher, seen } of everyWatcher)
        for (const { at, change, room, name } of seen)
          if (at >= since && names.has(name)) faults.push(`${title}: ${watcher} saw in ${room} that ${name} ${change}`)
      return people.length - present.length
    },

    /**
     * Waits until each watcher has received it, and returns after how many milliseconds since `since`. News from `begun` on counts as
     * well: a person is announced before their own client shows it. Watchers that started later are left out. With `rooms`, each of
     * them has to be named; without, one is enough.
     */
    async untilSeen(
      change: 'joined' | 'left',
      name: string,
      since: number,
      { begun = since, rooms = [undefined] }: { begun?: number; rooms?: readonly (string | undefined)[] } = {}
    ): Promise<number[]> {
      const took: number[] = []
      for (const watcher of watchers.values()) {
        if (watcher.since > begun) continue
        for (const room of rooms) {
          const { at } = await until(`${watcher.name} to see that ${name} ${change} ${room ?? ''}`, () =>
            watcher.seen.find(
              (one) => one.at >= begun && one.change === change && one.name === name && (room ?? one.room) === one.room
            )
          )
          took.push(Math.max(0, at - since))
        }
      }
      return took
    },

    async close() {
      crowd.close()
      for (const watcher of everyWatcher) watcher.close()
      await Promise.all([...servers.values()].map((server) => server.end('SIGKILL')))
    }
  }
}

const sum = ({ regions }: RoomTotals) => Object.values(regions).reduce((all, one) => all + one, 0)
