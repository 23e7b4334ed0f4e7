import { expect, test } from 'vitest'
import { createLog } from './logger.ts'

function logTo(lines: string[], logLevel: 'info' | 'warn' = 'info') {
  return createLog({ logLevel, region: 'waw', instance: 'a1' }, { write: (line) => void lines.push(line) })
}

test('an event is one line of JSON with level, region and instance', () => {
  const lines: string[] = []
  logTo(lines).info({ room: 'lobby', name: 'x\n{"level":"fatal"}' }, 'joined')
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).not.toContain('\n')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    region: 'waw',
    instance: 'a1',
    room: 'lobby',
    msg: 'joined'
  })
})

test('lines below the minimum level are left out', () => {
  const lines: string[] = []
  logTo(lines, 'warn').info('unimportant')
  expect(lines).toEqual([])
})

test('secrets and texts of people are hidden, wherever they are in a line', () => {
  const lines: string[] = []
  const log = logTo(lines)
  log.info({ token: 'swordfish', cookie: 'swordfish', secret: 'swordfish', text: 'swordfish' })
  log.info({
    headers: { authorization: 'swordfish', 'set-cookie': 'swordfish' },
    config: { sessionSecret: 'swordfish', redisUrl: 'swordfish' }
  })
  log.info({ event: { message: { text: 'swordfish' } }, handshake: { auth: { token: 'swordfish' } } })
  log.child({ token: 'swordfish' }).info({ said: { content: 'swordfish' } })
  expect(lines).toHaveLength(4)
  expect(lines.join('')).not.toContain('swordfish')
})

test('an error is logged with type, message, code and stack, without fields that libraries add', () => {
  const lines: string[] = []
  const cause = new Error('ERR no, command was: [["set","swordfish"]]')
  const error = Object.assign(new TypeError('store away', { cause }), {
    code: 'ECONNRESET',
    input: 'swordfish',
    command: { args: ['swordfish'] }
  })
  logTo(lines).error({ err: error }, 'failed')
  logTo(lines).error({ error: 'swordfish' }, 'failed')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: {
      type: 'TypeError',
      message: 'store away',
      code: 'ECONNRESET',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { message: 'ERR no' }
    }
  })
  expect(lines.join('')).not.toContain('swordfish')
})
