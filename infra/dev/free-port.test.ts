import { expect, it } from 'vitest'
import { freePort } from './free-port.ts'

/** Linux gives ports from here on to outgoing connections; other systems begin higher. */
const FIRST_OUTGOING_PORT = 32_768

it('a free port is never one that an outgoing connection can take while its server restarts', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort))
  expect(Math.max(...ports)).toBeLessThan(FIRST_OUTGOING_PORT)
})
