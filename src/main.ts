// Starts one server from the environment and shuts it down in reverse. The port is open before everything else is loaded: the request
// that starts an idle instance waits instead of being refused.
import { servedHosts } from './access/host-names.ts'
import { wallClock } from './clock.ts'
import { readConfig, type Config } from './process/config.ts'
import { endWhenIdle } from './process/idle-exit.ts'
import { listenSentence, openListener, type Listener } from './process/listener.ts'
import { loaded } from './process/load.ts'
import { misspelledSettings } from './process/misspellings.ts'
import { handleSignals } from './process/signals.ts'
import { openStores } from './server/stores.ts'

/** Longer than any orderly shutdown takes, and well below `kill_timeout` in fly.toml. */
const SHUTDOWN_WITHIN_MS = 30_000
const STORES_CLOSE_WITHIN_MS = 3_000

/**
 * Runs until a signal ends it; with `backup`, `rescue` or `owner-link` as the program's argument until that is done. A configuration or a
 * folder that can't be used is a sentence on stderr and exit code 1.
 */
export async function main(env: Record<string, string | undefined>): Promise<void> {
  try {
    const [, , command, file] = process.argv
    if (command === 'owner-link')
      return await (await import('./server/owner-command.ts')).printOwnerLink(readConfig(env))
    if (command !== 'backup' && command !== 'rescue') return await run(readConfig(env), misspelledSettings(env))
    const { runCommand } = await import('./server/commands.ts')
    await runCommand(command, env, file)
  } catch (cause) {
    console.error(isForOperator(cause) ? cause.message : (listenSentence(cause, env['METRICS_PORT']) ?? cause))
    process.exit(1)
  }
}

async function run(config: Config, warnings: string[]) {
  const listener = await openListener(config)
  const starting = start(config, listener)
  let closing: Promise<void> | null = null
  const shutDown = (why: object) => void (closing ??= closeInOrder(starting, why))
  handleSignals(process, {
    now: () => performance.now(),
    shutDown: (signal) => shutDown({ signal }),
    exitNow: () => process.exit(1)
  })

  const { log, server } = await starting
  const { url, port, gateway } = server
  const listensOn = `${config.host ?? 'all addresses'}, port ${port}`
  log.info({ url, listensOn, store: config.embedded ? config.dataDir : 'redis' }, `Taifas is at ${url}`)
  for (const warning of warnings) log.warn(warning)
  const hosts = servedHosts(config)
  if (hosts) log.info(hosts)
  const idleMs = config.idleExitMs
  if (idleMs === null) return
  endWhenIdle({
    ...listener,
    clients: gateway.connections,
    clock: wallClock,
    idleMs,
    end: () => shutDown({ nobodyForMs: idleMs })
  })
}

async function start(config: Config, listener: Listener) {
  const { createLog } = await loaded(import('./process/logger.ts'))
  const log = createLog(config)
  // A rejection that no code handles is a bug. It is logged, and the chat goes on for everyone else.
  process.on('unhandledRejection', (cause) => log.error({ err: cause }, 'unhandled'))
  // A store may take its time: a large file is checked, and Redis is far away.
  const [{ close: closeStores, ...stores }, { startServer }] = await Promise.all([
    openStores(config, log),
    loadServer()
  ])
  return { log, server: await startServer(config, stores, { log, listener }), closeStores }
}

async function loadServer() {
  await loaded(import('./gateway/gateway.ts'))
  await loaded(import('./http/app.ts'))
  return loaded(import('./server.ts'))
}

/** A server that is still starting can't be closed in order; starting takes no longer than a store that does not answer. */
async function closeInOrder(starting: ReturnType<typeof start>, why: object) {
  const { log, server, closeStores } = await starting
  log.info(why, 'closing')
  setTimeout(() => {
    log.error(`closing took longer than ${SHUTDOWN_WITHIN_MS / 1_000} s`)
    process.exit(1)
  }, SHUTDOWN_WITHIN_MS)
  try {
    await server.close()
    // An unavailable store may never answer, and every acknowledged message is stored already.
    await Promise.race([closeStores(), new Promise((done) => setTimeout(done, STORES_CLOSE_WITHIN_MS))])
    process.exit(0)
  } catch (cause) {
    log.error({ err: cause }, 'closing failed')
    process.exit(1)
  }
}

/** By name: the errors of the embedded store are not loaded where Redis is used. */
const isForOperator = (cause: unknown): cause is Error =>
  cause instanceof Error &&
  ['ConfigError', 'FolderTaken', 'FolderTooNew', 'StoreDamaged', 'CommandFailed'].includes(cause.name)

// Not import.meta.main: the oldest Node that the lockfile brings on some computers doesn't know it.
if (process.argv[1] === import.meta.filename) void main(process.env)
