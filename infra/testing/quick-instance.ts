// An instance as a process of its own whose presence runs faster than life: PRESENCE_FASTER=8 divides its times by eight.
// With PUSH_CA it trusts a push service of this certificate on this computer.
import { readConfig } from '../../src/process/config.ts'
import { createLog } from '../../src/process/logger.ts'
import { openStores } from '../../src/server/stores.ts'
import { startServer } from '../../src/server.ts'
import { faster } from './presence-simulation.ts'

const { PRESENCE_FASTER = '1', PUSH_CA: ca, ...env } = process.env
const config = readConfig(env)
const log = createLog(config)
process.on('unhandledRejection', (cause) => log.error({ err: cause }, 'unhandled'))
const { close, ...stores } = await openStores(config, log)
const server = await startServer(config, stores, {
  log,
  presenceTiming: faster(Number(PRESENCE_FASTER)),
  ...(ca && { webPush: { ca, mayReach: () => true } })
})
log.info({ url: server.url }, 'ready')

process.once('SIGTERM', () => {
  void server
    .close()
    .then(close)
    .finally(() => process.exit(0))
})
