// A store is restored to an older copy while all instances restart, so that only the clients remember the lost events.
import { copyFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../folder.ts'
import { comeIn, message, openPages, texts, type Pages } from '../browser.ts'
import { lookInto, startTestServer, untilReady, type TestServer } from '../chat-server.ts'
import { startRedis } from '../redis-server.ts'
import { openScreen } from '../screen.ts'
import { LOBBY, newId } from '../../../src/contract.ts'
import { openClient, memoryStore } from '../../../web/sdk/client.ts'
import type { Reset } from '../../../web/sdk/api.ts'

const REPLACED = 'The history of this room was replaced on the server. This is what it holds now.'

let browser: Pages
beforeAll(async () => {
  browser = await openPages()
})
afterAll(() => browser.close())

/** A store on a real disk, and the instances on it. `copy` and `restore` happen while no instance runs. */
interface Store {
  start(): Promise<TestServer[]>
  copy(): Promise<void>
  restore(): Promise<void>
}

async function embedded(): Promise<Store> {
  const folder = newFolder()
  const [dataDir, aside] = [join(folder, 'data'), join(folder, 'aside')]
  let port = 0
  return {
    async start() {
      const server = await startTestServer({ webDir: browser.webDir, config: { dataDir, port } })
      port = server.port
      return [server]
    },
    async copy() {
      cpSync(dataDir, aside, { recursive: true })
    },
    async restore() {
      rmSync(dataDir, { recursive: true })
      cpSync(aside, dataDir, { recursive: true })
    }
  }
}

async function onRedis(): Promise<Store> {
  const redis = await startRedis({ rdb: true })
  onTestFinished(() => redis.stop())
  const dump = join(redis.dir, 'dump.rdb')
  const ports: Record<string, number> = {}
  return {
    async start() {
      const servers = await Promise.all(
        ['one', 'two'].map(async (instance) => {
          const config = { port: ports[instance] ?? 0 }
          const server = await startTestServer({ redisUrl: redis.url, instance, webDir: browser.webDir, config })
          ports[instance] = server.port
          return server
        })
      )
      await untilReady(...servers)
      return servers
    },
    async copy() {
      const client = await lookInto(redis.url)
      await client.sendCommand(['SAVE'])
      client.destroy()
      copyFileSync(dump, `${dump}.aside`)
    },
    async restore() {
      copyFileSync(`${dump}.aside`, dump)
      await redis.restart()
    }
  }
}

test.each([
  ['DATA_DIR', embedded],
  ['a Redis dump', onRedis]
])(
  'after %s was copied back while all instances restarted, nobody mixes two histories, and all who saw the lost one read that it was replaced',
  async (_, open) => {
    const store = await open()
    let servers = await store.start()
    onTestFinished(() => Promise.all(servers.map((server) => server.stop())).then(() => {}))
    const urls = servers.map(({ url }) => url)
    const [near = '', far = near] = urls
    const say = async (...all: string[]) => {
      const caller = { person: null, name: 'Somebody', address: 'here' }
      for (const text of all) await servers[0]?.chat.send(caller, { room: LOBBY, id: newId(), text })
    }
    const restart = async (meanwhile: () => Promise<void>) => {
      for (const server of servers) await server.stop()
      await meanwhile()
      servers = await store.start()
    }

    const page = await browser.tab(near)
    await comeIn(page, 'Ana')
    const received: string[] = []
    const resets: Reset[] = []
    const places = memoryStore()
    const startBot = async () => {
      const bot = await openClient({ url: far, name: 'Echo', store: places })
      onTestFinished(() => bot.close())
      bot.room(LOBBY).onMessage((event) => void received.push(event.message.text))
      bot.room(LOBBY).onReset((reset) => void resets.push(reset))
      return bot
    }
    const bot = await startBot()
    await say('old 1', 'old 2')
    await restart(store.copy)
    await say('lost 1', 'lost 2', 'lost 3')
    await message(page, 'lost 3').waitFor()
    await expect.poll(() => received.at(-1)).toBe('lost 3')
    // A program remembers in its store.
    await bot.close()
    expect(await places.get('place:lobby')).toMatchObject({ at: { seq: 5, proof: expect.any(String) } })

    await restart(store.restore)
    // As many others, perhaps before anybody who remembers is back: they have the numbers of the lost ones.
    await say('new 1', 'new 2', 'new 3')
    await page.getByText(REPLACED).waitFor()
    await startBot()
    await expect.poll(() => resets).toMatchObject([{ replaced: true }])
    await say('after')
    await message(page, 'after').waitFor()
    expect(await texts(page)).toEqual(['old 1', 'old 2', 'new 1', 'new 2', 'new 3', 'after'])
    await expect.poll(() => received.at(-1)).toBe('after')
    const newcomer = await openScreen({ name: 'Cy', urls: [far] })
    expect(newcomer.cursor?.epoch).not.toBe(resets[0]?.from.epoch)
    expect(newcomer.messages.map(({ text }) => text)).toEqual(await texts(page))
    newcomer.close()
    expect(await browser.clear()).toEqual([])
  }
)
