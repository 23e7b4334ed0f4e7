// A port of this computer that no program listens on at the moment, for a program that is told its port.
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152). A server that ends and starts again
// on one of those may find it taken: by any outgoing connection, or by a client that tried to reconnect and was connected to itself.
// Above 10080, which browsers refuse.
const FIRST_PORT = 11_000
const LAST_PORT = 32_767

/** Resolves with a port that stays free until a program is told to use it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1))
    if (await isFree(port)) return port
  }
}

/** On every address, as servers listen on all of them. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port), 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
