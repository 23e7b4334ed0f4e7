import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort, isFree } from './free-port.ts'

/** Linux gives ports from here on to outgoing connections; other systems begin higher. */
const FIRST_OUTGOING_PORT = 32_768

it('a free port is never one that an outgoing connection can take while its server restarts', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort))
  expect(Math.max(...ports)).toBeLessThan(FIRST_OUTGOING_PORT)
})

it('a port is not free that another address of this computer has, because servers listen on all of them', async () => {
  const port = await freePort()
  const taken = createServer()
  await once(taken.listen(port, '127.0.0.2'), 'listening')
  try {
    expect(await isFree(port)).toBe(false)
  } finally {
    taken.close()
  }
})
