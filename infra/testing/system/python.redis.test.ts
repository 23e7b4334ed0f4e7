// An implementation of the protocol that isn't ours nor Socket.IO's own: Debian's python3-socketio, run by the system's Python.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTwoRegions } from '../instances.ts'
import { startPython } from '../python.ts'

/** A compatible client that disconnects. */
const GONE_WITHIN_S = 2

describe('a client in Python, two instances on one Redis', () => {
  let urls: string[]
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ urls, stop } = await startTwoRegions())
  })
  afterAll(() => stop())

  it.each([['polling'], ['websocket'], ['polling and websocket']])(
    'speaks classic and course by %s',
    async (by) => {
      const transports = by === 'polling and websocket' ? ['polling', 'websocket'] : [by]
      const ana = startPython(urls[0] ?? '', transports)
      const bo = startPython(urls.at(-1) ?? '', transports)
      await Promise.all([ana.next('(connect)'), bo.next('(connect)')])

      ana.emit('add-user', 'ana')
      const { numUsers } = (await ana.next('login')) as { numUsers: number }
      bo.emit('add-user', 'bo')
      expect(await bo.next('login')).toEqual({ numUsers: numUsers + 1 })
      expect(await ana.next('user-joined')).toEqual({ username: 'bo', numUsers: numUsers + 1 })
      bo.emit('deleteMessage', { messageId: 'none' })
      expect(await bo.next('error')).toEqual({ message: 'Message not found' })
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

      // By polling, it says in one request that it leaves the chat and closes the connection.
      const closedAt = performance.now()
      const boEnded = bo.close()
      expect(await ana.next('user-left')).toEqual({ username: 'bo', numUsers })
      const seconds = (performance.now() - closedAt) / 1_000
      console.log(`by ${by} it was shown as gone after ${seconds.toFixed(2)} s`)
      expect(seconds).toBeLessThan(2 * GONE_WITHIN_S)
      await Promise.all([ana.close(), boEnded])
    },
    60_000
  )
})
