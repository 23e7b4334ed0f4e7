import { expect, it, vi } from 'vitest'
import { encodeOnce, shareEncodings } from './encodings.ts'
import { openSocketServer } from './socket-server.fixture.ts'

it('what many clients get is encoded once, and every answer reads as JSON would write it', async () => {
  const { io, connect } = await openSocketServer()
  shareEncodings(io)
  const toJSON = vi.fn(() => 'text')
  const [part, list] = [encodeOnce({ text: { toJSON } }), encodeOnce([{ toJSON }, 1])]
  const answers = [
    {
      ok: true,
      value: { part, deep: { list, none: undefined }, nothing: null, at: new Date(0), 'a "name"': [undefined] }
    },
    { ok: true, value: list },
    { ok: true, value: { list: [part, 'own', undefined] } },
    { ok: false, reason: 'too-fast', retryAfterMs: undefined },
    null,
    '\u2028"',
    undefined
  ]
  let asked = 0
  io.on('connection', (socket) => {
    socket.on('ask', (...args) => (args.at(-1) as (answer: unknown) => void)(answers[asked++ % answers.length]))
  })
  const clients = [await connect({}), await connect({}, {}, ['polling'])]
  for (const client of clients) {
    const received = []
    for (const _ of answers) received.push(await client.ask('ask'))
    expect(received).toEqual(JSON.parse(JSON.stringify(answers)))
  }
  // Without those of JSON.stringify above.
  const own = 4 * clients.length
  expect(toJSON.mock.calls.length - own).toBe(2)
})
