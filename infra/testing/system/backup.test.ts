// `npm run backup` while people write, and the chat that is restored from it.
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../folder.ts'
import { LOBBY, newId, type Cursor, type Receipt } from '../../../src/contract.ts'
import { openSqliteLog } from '../../../src/log/sqlite/sqlite-log.ts'
import { startChild } from '../child.ts'
import { closeClients, connectNative, request } from '../clients.ts'
import { runCommand } from '../operator.ts'
import { until } from '../until.ts'

const WRITERS = 3
const UNLIMITED = { RATE_BURST: '100000', RATE_PER_SECOND: '100000' }

test('a backup under load has what was acknowledged before, and is restored as another history', async () => {
  const folder = newFolder()
  const place = (name: string) => join(folder, name)
  const start = async (dataDir: string) => {
    const server = await startChild({ ...UNLIMITED, DATA_DIR: dataDir })
    onTestFinished(() => void server.process.kill('SIGKILL'))
    onTestFinished(closeClients)
    return server
  }
  const server = await start(place('chat'))
  const people = await Promise.all(Array.from({ length: WRITERS }, (_, n) => connectNative(server.url, `P${n}`)))
  await Promise.all(people.map((person) => person.ask('room:open', { room: LOBBY })))
  const acknowledged: Receipt[] = []
  const stop = new AbortController()
  const writes = people.map(async (person) => {
    while (!stop.signal.aborted) {
      const text = 'x'.repeat(1 + (acknowledged.length % 500))
      const answer = await person.ask<Receipt>('message:send', { room: LOBBY, id: newId(), text })
      if (answer.ok) acknowledged.push(answer.value)
    }
  })
  await until('some messages', () => acknowledged.length > 200)
  const slip = { room: LOBBY, id: newId(), text: 'slip of the tongue' }
  await people[0]?.ask('message:send', slip)
  await people[0]?.ask('message:remove', { room: LOBBY, id: newId(), message: slip.id })

  const before = [...acknowledged]
  expect(await runCommand(place('chat'), 'backup', place('copy'))).toMatchObject({
    code: 0,
    printed: expect.stringMatching(/copy is a backup of \d+ bytes\. To restore it, stop the chat, remove .*-wal, copy/)
  })
  const copy = readFileSync(place('copy'))
  expect((statSync(place('copy')).mode & 0o777).toString(8)).toBe('600')
  const reached = acknowledged.length
  await until('messages after the backup', () => acknowledged.length > reached)
  expect(await runCommand(place('chat'), 'backup', place('copy'))).toMatchObject({
    code: 1,
    printed: expect.stringMatching(/^There is no backup: .*copy exists already: name another file/)
  })
  expect(await runCommand(place('chat'), 'backup', place('missing/copy'))).toMatchObject({
    code: 1,
    printed: expect.stringContaining('there is no such file or folder (ENOENT)')
  })
  expect(readFileSync(place('copy'))).toEqual(copy)
  stop.abort()
  await Promise.all(writes)
  await server.end()

  const opened = async (path: string) => openSqliteLog({ path, historyLimit: 100_000 })
  const original = await opened(join(place('chat'), 'taifas.sqlite'))
  const head = (await original.heads()).get(LOBBY) as Cursor
  await original.close()
  mkdirSync(place('restored'))
  copyFileSync(place('copy'), place('restored/taifas.sqlite'))
  const log = await opened(place('restored/taifas.sqlite'))
  const { messages } = await log.before(LOBBY, null, 100_000, { removed: true, maxBytes: 1e9 })
  const restored = new Map(messages.map((message) => [message.id, message]))
  for (const { id, seq } of before) expect(restored.get(id)?.seq).toBe(seq)
  expect(restored.get(slip.id)).toMatchObject({ removed: true, text: '' })
  // Somebody who has seen more than is in the copy must not take its next events for those they know.
  const { epoch, seq } = (await log.heads()).get(LOBBY) as Cursor
  expect(epoch).not.toBe(head.epoch)
  // All messages, and the removal.
  expect(messages.length + 1).toBe(seq)
  // Opened by a program without a socket, such as the previous build.
  expect(await runCommand(place('restored'), 'backup', place('another'))).toMatchObject({
    code: 1,
    printed: expect.stringContaining('the store is in use by a server that takes no backups')
  })
  expect(await runCommand(place('restored'), 'rescue')).toMatchObject({
    code: 1,
    printed: expect.stringContaining('stop it first')
  })
  await log.close()
  const again = await start(place('restored'))
  const posted = await request('POST', `${again.url}/api/messages`, { body: { username: 'Ana', content: 'restored' } })
  expect(posted.status).toBe(201)
  console.log(
    `backup under load: ${before.length} acknowledged before it, ${messages.length} in it, ${acknowledged.length} in all`
  )
}, 60_000)
