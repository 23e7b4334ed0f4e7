// An upgrade, and its rollback, run the previous build and this one in turn on one DATA_DIR.
import { afterAll, describe, expect, it } from 'vitest'
import { newFolder } from '../folder.ts'
import { LOBBY, type Answers, type Message } from '../../../src/contract.ts'
import { startChild, type ChildServer } from '../child.ts'
import { connectNative, signIn } from '../clients.ts'
import { change, closeAfterEach, native, sessionStatus, THIS_BUILD } from '../previous-build/pages.ts'
import { unpackPreviousBuild } from '../previous-build/previous-build.ts'
import type { Screen } from '../screen.ts'

const previous = unpackPreviousBuild()
closeAfterEach()

describe('the previous build and this one in turn on one DATA_DIR', { timeout: 60_000 }, () => {
  const dataDir = newFolder()
  let server: ChildServer | undefined
  afterAll(() => server?.end('SIGKILL'))

  it('lose no message, change, room or session, and this build no sign-out', async () => {
    let screen: Screen | undefined
    const expected: Partial<Message>[] = []
    const rooms: string[] = []
    const signedOut: string[] = []
    for (const program of [[previous], THIS_BUILD, [previous], THIS_BUILD]) {
      server = await startChild({ DATA_DIR: dataDir, RATE_BURST: '100000' }, program)
      const { url } = server
      // Ana owns the name since she was here, whatever the previous build did meanwhile.
      const namesake =
        rooms.length === 3 ? await signIn(url, 'Ana').then(({ person }) => person.id, String) : 'name-taken'
      expect(namesake).toContain('name-taken')
      if (screen) screen.back(url)
      else screen = await native({ name: 'Ana', urls: [url] })
      const [first, second] = [await screen.say('to keep'), await screen.say('to remove')]
      await change(screen, 'message:edit', { message: first.id, text: 'kept' })
      await change(screen, 'message:react', { message: first.id, emoji: '👍', on: true })
      await change(screen, 'message:remove', { message: second.id })
      const reactions = { '👍': [screen.session.person.id] }
      expected.push({ id: first.id, text: 'kept', reactions }, { id: second.id, text: '', removed: true })
      // What the former build wrote can be changed by this one.
      const [earliest] = expected
      await change(screen, 'message:edit', { message: earliest?.id, text: `edited ${expected.length}` })
      expected[0] = { ...earliest, text: `edited ${expected.length}` }
      const created = await screen.verb('room:create', { title: `Room ${rooms.length}` })
      rooms.push(created.title)

      const fresh = await connectNative(url, `Bo ${rooms.length}`)
      const opened = await fresh.ask<Answers['room:open']>('room:open', { room: LOBBY })
      const sync = opened.ok && opened.value.sync
      expect(sync && sync.kind === 'fresh' && sync.messages).toEqual(
        expected.map((one) => expect.objectContaining(one))
      )
      await screen.until(({ messages }) => messages[0]?.text === expected[0]?.text && messages.at(-1)?.removed === true)
      expect(screen.messages).toEqual(expected.map((one) => expect.objectContaining(one)))
      const { rooms: listed } = await screen.verb('room:list', {})
      expect(listed.map(({ title }) => title)).toEqual(expect.arrayContaining(rooms))
      expect(await sessionStatus(url, screen.session.token)).toBe(200)
      // The previous build knows no sign-outs, and must leave those of this build in the store.
      const statuses = await Promise.all(signedOut.map((token) => sessionStatus(url, token)))
      expect(statuses).toEqual(signedOut.map(() => (program === THIS_BUILD ? 401 : 200)))
      if (program === THIS_BUILD && (await sessionStatus(url, fresh.session.token, 'DELETE')) === 204)
        signedOut.push(fresh.session.token)

      screen.away()
      expect(await server.end('SIGTERM')).toBe(0)
    }
    // By its cursor the page received what it had missed, and nothing else.
    expect(screen?.synced).toEqual(['events', 'events', 'events'])
    expect(signedOut).toHaveLength(2)
  })
})
