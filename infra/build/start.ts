// `npm start`: builds the web client if it is missing or stale, and runs the chat in this process. With `--as-built` (from
// infra/dev/dev.ts) nothing is built, and the chat ends with the process that started it.
import { stop } from 'esbuild'
import { buildWeb, isStale } from './build.ts'

if (process.argv.includes('--as-built')) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
} else if (await isStale()) {
  await buildWeb()
  // Its own process would otherwise stay beside the chat.
  await stop()
}

const { main } = await import('../../src/main.ts')
await main(process.env)
