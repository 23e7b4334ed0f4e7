// One process with nothing else installed, as a person starts it: what it promises through crashes and wrong starts.
import { newSuffix } from '../new-suffix.ts'
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newFolder } from '../folder.ts'
import { EndedError, startChild, type ChildServer } from '../child.ts'
import { closeClients, connectNative } from '../clients.ts'
import { until } from '../until.ts'
import { LOBBY, newId, type Answers, type Message, type Receipt } from '../../../src/contract.ts'

describe('an embedded chat', { timeout: 60_000 }, () => {
  let folder: string
  let servers: ChildServer[]
  beforeEach(() => {
    folder = newFolder()
    servers = []
  })
  afterEach(async () => {
    closeClients()
    for (const server of servers) await server.end('SIGKILL')
  })

  async function start(env: Record<string, string> = {}) {
    const server = await startChild({ DATA_DIR: folder, ...env })
    servers.push(server)
    return server
  }

  it('keeps its folder and files for its own user, and takes back what an earlier version gave to others', async () => {
    const dataDir = join(folder, 'made')
    const rights = (path: string) => (statSync(path).mode & 0o777).toString(8)
    const all = () =>
      Object.fromEntries([
        ['.', rights(dataDir)],
        ...readdirSync(dataDir).map((file) => [file, rights(join(dataDir, file))])
      ])
    const expected = {
      '.': '700',
      'backup.sock': '600',
      'session-secret': '600',
      'taifas.sqlite': '600',
      'taifas.sqlite-wal': '600'
    }
    const first = await start({ DATA_DIR: dataDir })
    expect(all()).toEqual(expected)
    await first.end('SIGKILL')
    for (const file of readdirSync(dataDir)) chmodSync(join(dataDir, file), 0o644)
    await start({ DATA_DIR: dataDir })
    expect(all()).toEqual(expected)
  })

  async function all(url: string): Promise<Message[]> {
    const reader = await connectNative(url, `Reader ${newSuffix()}`)
    const opened = await reader.ask<Answers['room:open']>('room:open', { room: LOBBY })
    if (!opened.ok || opened.value.sync.kind !== 'fresh') throw new Error('no fresh page')
    const messages = opened.value.sync.messages
    for (let { older } = opened.value.sync; older;) {
      const page = await reader.ask<Answers['room:before']>('room:before', {
        room: LOBBY,
        before: messages[0]?.seq ?? 0,
        limit: 500
      })
      if (!page.ok) throw new Error(page.reason)
      messages.unshift(...page.value.messages)
      older = page.value.older
    }
    return messages
  }

  it('killed in the middle of traffic and started again, has every acknowledged message, once', async () => {
    const acknowledged = new Map<string, Receipt>()
    const asked = new Set<string>()
    for (let round = 0; round < 3; round += 1) {
      const server = await start({ RATE_BURST: '100000' })
      const people = await Promise.all(
        ['Ana', 'Bo', 'Cy'].map((name) => connectNative(server.url, `${name} ${newSuffix()}`))
      )
      await Promise.all(people.map((person) => person.ask('room:open', { room: LOBBY })))
      let killed = false
      // Each speaks until the connection breaks, several words ahead of the answers.
      const talk = people.flatMap((person) =>
        Array.from({ length: 4 }, async () => {
          for (;;) {
            if (killed) return
            const id = newId()
            asked.add(id)
            const answer = await Promise.race([
              person.ask<Receipt>('message:send', { room: LOBBY, id, text: `said in round ${round}` }),
              new Promise<null>((done) => person.socket.once('disconnect', () => done(null)))
            ])
            if (answer === null) return
            if (answer.ok) acknowledged.set(id, answer.value)
          }
        })
      )
      const enough = acknowledged.size + 200
      await until('two hundred acknowledgements more', () => acknowledged.size >= enough)
      await server.end('SIGKILL')
      killed = true
      await Promise.all(talk)
    }
    const server = await start()
    const kept = await all(server.url)
    const byId = new Map(kept.map((message) => [message.id, message]))
    expect(byId.size).toBe(kept.length)
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, index) => index + 1))
    for (const [id, receipt] of acknowledged) expect(byId.get(id)).toMatchObject({ seq: receipt.seq, at: receipt.at })
    for (const { id } of kept) expect(asked.has(id)).toBe(true)
    console.log(`three kills: ${acknowledged.size} acknowledged, ${kept.length} kept, 0 lost, 0 repeated`)
  })

  it('a second process on the same folder stops with a sentence, and the first goes on', async () => {
    const first = await start()
    const second = await startChild({ DATA_DIR: folder }).catch((cause: unknown) => cause)
    expect(second).toBeInstanceOf(EndedError)
    expect((second as EndedError).code).toBe(1)
    expect((second as EndedError).printed).toMatch(/taifas\.sqlite is in use by another running server\. Stop that one/)
    expect((second as EndedError).printed).not.toMatch(/\n\s+at /)
    expect((await fetch(`${first.url}/health/live`)).status).toBe(200)
  })

  it('a taken port and a wrong configuration are sentences, not stack traces', async () => {
    const first = await start()
    const port = new URL(first.url).port
    const other = newFolder()
    const garbage = newFolder()
    writeFileSync(join(garbage, 'taifas.sqlite'), 'not a database'.repeat(500))
    const wrong = [
      [{ PORT: port }, 'PORT'],
      [{ PORT: 'many' }, 'PORT'],
      [{ HOST: '300.1.1.1' }, 'HOST'],
      [{ METRICS_PORT: port }, `METRICS_PORT ${port}`],
      [{ REDIS_URL: 'redis://:x@localhost:1/99x', SESSION_SECRET: 'x'.repeat(40) }, 'REDIS_URL'],
      [{ DATA_DIR: garbage }, 'DATA_DIR']
    ] as const
    const starts = wrong.map(async ([env, setting], n) => {
      const ended = await startChild({ DATA_DIR: join(other, `${n}`), ...env }).catch((cause: unknown) => cause)
      expect(ended).toBeInstanceOf(EndedError)
      expect(ended).toMatchObject({ code: 1, printed: expect.stringContaining(setting) })
      expect((ended as EndedError).printed).not.toMatch(/\n\s+at /)
    })
    await Promise.all(starts)
  })

  it('ends by itself at SIGTERM, and keeps a session over the restart', async () => {
    const server = await start()
    const ana = await connectNative(server.url, 'Ana')
    expect(await server.end('SIGTERM')).toBe(0)
    const again = await start()
    const answer = await fetch(`${again.url}/api/session`, {
      headers: { authorization: `Bearer ${ana.session.token}` }
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ person: { id: ana.person.id, name: 'Ana' } })
  })
})
