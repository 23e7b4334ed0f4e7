// An implementation of the protocol that isn't ours nor Socket.IO's own: Debian's python3-socketio, run by the system's Python.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAlone, startTwoRegions } from '../infra/testing/chat-server.ts'

const PYTHON = '/usr/bin/python3'
const PROGRAM = join(import.meta.dirname, '../infra/testing/borrowed.py')
const PATIENCE_MS = 20_000

describe.each([
  ['one instance', startAlone],
  ['two instances on one Redis', startTwoRegions]
] as const)('a client in Python, %s', (_, start) => {
  let urls: string[]
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ urls, stop } = await start())
  })
  afterAll(() => stop())

  it.each([['polling'], ['websocket'], ['polling and websocket']])(
    'speaks classic and course by %s',
    async (by) => {
      const transports = by === 'polling and websocket' ? ['polling', 'websocket'] : [by]
      const ana = python(urls[0] ?? '', transports)
      const bo = python(urls.at(-1) ?? '', transports)
      await Promise.all([ana.next('(connect)'), bo.next('(connect)')])

      ana.emit('add-user', 'ana')
      const { numUsers } = (await ana.next('login')) as { numUsers: number }
      bo.emit('add-user', 'bo')
      expect(await bo.next('login')).toEqual({ numUsers: numUsers + 1 })
      expect(await ana.next('user-joined')).toEqual({ username: 'bo', numUsers: numUsers + 1 })
      bo.emit('typing')
      expect(await ana.next('typing')).toEqual({ username: 'bo' })
      bo.emit('stop-typing')
      expect(await ana.next('stop-typing')).toEqual({ username: 'bo' })
      bo.emit('new-message', 'bună, Łódź 👋')
      expect(await ana.next('new-message')).toEqual({ username: 'bo', message: 'bună, Łódź 👋' })
      const heard = (await bo.next('message')) as { id: string }
      expect(heard).toMatchObject({ username: 'bo', content: 'bună, Łódź 👋' })

      ana.emit('message', null)
      expect(await ana.next('error')).toEqual({ message: 'Error sending message' })
      ana.emit('deleteMessage', { messageId: heard.id })
      expect(await bo.next('messageDeleted')).toEqual({ messageId: heard.id })

      bo.close()
      expect(await ana.next('user-left')).toEqual({ username: 'bo', numUsers })
      ana.close()
      await Promise.all([ana.ended, bo.ended])
    },
    60_000
  )
})

/** A Python process that is one client. */
function python(url: string, transports: string[]) {
  const child = spawn(PYTHON, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] })
  const heard: { word: string; said: unknown; taken?: true }[] = []
  const looks = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    heard.push(JSON.parse(line) as { word: string; said: unknown })
    for (const look of looks) look()
  })
  const tell = (command: object) => child.stdin.write(`${JSON.stringify(command)}\n`)
  tell({ do: 'connect', url, transports, auth: { token: null } })
  return {
    emit: (word: string, ...said: unknown[]) => tell({ do: 'emit', word, ...(said.length > 0 && { said: said[0] }) }),
    next: (word: string) =>
      new Promise<unknown>((done, failed) => {
        const timer = setTimeout(
          () => failed(new Error(`Python heard no "${word}", but ${JSON.stringify(heard)}`)),
          PATIENCE_MS
        )
        const look = () => {
          const found = heard.find((entry) => entry.word === word && !entry.taken)
          if (!found) return
          found.taken = true
          clearTimeout(timer)
          looks.delete(look)
          done(found.said)
        }
        looks.add(look)
        look()
      }),
    close: () => tell({ do: 'close' }),
    ended: new Promise((done) => child.once('exit', done))
  }
}
