// Starts a built server on a free port, sends it the first requests, and writes the code that V8 compiled meanwhile.
// `node infra/build/compile-server.ts <server.js> <cache>`, with the environment that the server is to have.
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Script } from 'node:vm'
import { freePort } from '../dev/free-port.ts'

const FIRST_REQUESTS = ['/health/live', '/', '/socket.io/?EIO=4&transport=polling']
const LISTENS_WITHIN_MS = 10_000
const LOOK_AGAIN_MS = 10

const [server = '', cache = ''] = process.argv.slice(2)
const port = await freePort()
process.env['PORT'] = `${port}`
const { script } = (await import(server)) as { script: Script }
if (script.cachedDataRejected) throw new Error('V8 rejects the cache of the start before.')
await untilItListens()
for (const path of FIRST_REQUESTS) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`)
}
writeFileSync(cache, script.createCachedData())
process.exit()

async function untilItListens() {
  const end = performance.now() + LISTENS_WITHIN_MS
  const isThere = () =>
    fetch(`http://127.0.0.1:${port}/health/live`).then(
      () => true,
      () => false
    )
  while (!(await isThere())) {
    if (performance.now() > end) throw new Error('The built server does not listen.')
    await sleep(LOOK_AGAIN_MS)
  }
}
