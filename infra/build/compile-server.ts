// A short life of a built server, for what V8 compiles in it: started on a free port, asked what is asked first, and ended where it
// stands. `node infra/build/compile-server.ts <server.js> <cache>`, with the environment that the server is to have.
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Script } from 'node:vm'
import { freePort } from '../dev/free-port.ts'

const FIRST_QUESTIONS = ['/health/live', '/', '/socket.io/?EIO=4&transport=polling']
const LISTENS_WITHIN_MS = 10_000
const LOOK_AGAIN_MS = 10

const [server = '', cache = ''] = process.argv.slice(2)
const port = await freePort()
process.env['PORT'] = `${port}`
const { script } = (await import(server)) as { script: Script }
if (script.cachedDataRejected) throw new Error('V8 does not take what was compiled in the life before.')
await untilItListens()
for (const question of FIRST_QUESTIONS) {
  const answer = await fetch(`http://127.0.0.1:${port}${question}`)
  if (!answer.ok) throw new Error(`${question} was answered with ${answer.status}: ${await answer.text()}`)
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
    if (performance.now() > end) throw new Error('The server that was built does not listen.')
    await sleep(LOOK_AGAIN_MS)
  }
}
