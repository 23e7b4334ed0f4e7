// The embedded store: opened after a check, and reported to the operator in sentences that name the file, the cause and the remedy.
import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreDamaged, StoreUnavailable } from '../errors.ts'
import { SHRINKS } from '../log/slices.ts'
import { ConfigError, type Config } from '../process/config.ts'
import { diskSentence } from '../process/disk-errors.ts'
import { loaded } from '../process/load.ts'
import type { Log } from '../process/logger.ts'
import { failureSentence, openBackupSocket } from './backup-socket.ts'
import { damageSentence } from './error-report.ts'
import type { OpenStores } from './stores.ts'

export const storePath = ({ dataDir }: Pick<Config, 'dataDir'>) => join(dataDir, 'taifas.sqlite')

/** @throws FolderTaken, FolderTooNew, StoreDamaged, ConfigError: sentences for the operator */
export async function openEmbedded(config: Config, log: Log): Promise<OpenStores> {
  const { historyLimit, roomBytesMax, storeBytesMax } = config
  const { openSqliteStores } = await loaded(import('../log/sqlite/sqlite-log.ts'))
  const { CHECK_WITHIN_MS, checkWhole, checkWritable } = await import('../log/sqlite/check.ts')
  const { createPresenceMemory } = await import('../presence/store.ts')
  const { openSqliteAccounts } = await import('../people/sqlite-accounts.ts')
  const { openSqlitePeople } = await import('../people/sqlite.ts')
  const { openSqliteDevices } = await import('../sessions/sqlite-devices.ts')
  const { openSqliteAlerts } = await import('../alerts/sqlite.ts')
  const { openSqliteReads } = await import('../reads/sqlite.ts')
  const { openSqliteTable } = await import('../people/table-sqlite.ts')
  const { openSqliteRevocations } = await import('../sessions/sqlite.ts')
  const path = storePath(config)
  const limits = { historyLimit, roomBytesMax, ...(storeBytesMax !== null && { storeBytesMax }) }
  const onShrink = () => log.warn(SHRINKS)
  try {
    if (!(await checkWhole(path)))
      log.warn(`${path} was not checked to its end: that takes longer than ${CHECK_WITHIN_MS / 1_000} s`)
    const { log: messages, file } = await openSqliteStores({ path, ...limits, onShrink })
    const revocations = openSqliteRevocations(file)
    const people = openSqlitePeople(file)
    const accounts = openSqliteAccounts(file)
    const devices = openSqliteDevices(file)
    const reads = openSqliteReads(file)
    const alerts = openSqliteAlerts(file)
    const table = openSqliteTable(file)
    // The operator waits for this start: what the disk has no space for is refused before it is flushed.
    await checkWritable(path, { flush: false })
    const { backUp } = await import('../log/sqlite/backup.ts')
    const socket = openBackupSocket(
      path,
      (to) => backUp(file.db, to),
      (cause) => log.warn({ err: cause }, `npm run backup can't reach this chat: ${failureSentence(cause)}`)
    )
    return {
      log: messages,
      presence: createPresenceMemory(),
      revocations,
      people,
      accounts,
      devices,
      reads,
      alerts,
      table,
      redisBus: null,
      embedded: {
        path,
        async check() {
          await checkWritable(path, { flush: true })
          await file.check()
        }
      },
      async close() {
        socket.close()
        await messages.close()
      }
    }
  } catch (cause) {
    if (cause instanceof StoreDamaged) throw new StoreDamaged(damageSentence(path, cause), { cause })
    if (!(cause instanceof StoreUnavailable) && diskSentence(cause) === null) throw cause
    throw new ConfigError([`DATA_DIR can't be used: ${await reason(path, cause)}.`])
  }
}

/** `cause`: the first error. What the file system says about the path says more than SQLite's error. */
async function reason(path: string, cause: unknown): Promise<string> {
  const own = cause instanceof StoreUnavailable ? cause.cause : cause
  if (diskSentence(own) !== null) return `${diskSentence(own)}`
  try {
    if (existsSync(path)) await access(path, constants.R_OK | constants.W_OK)
    const { checkWritable } = await import('../log/sqlite/check.ts')
    await checkWritable(path, { flush: true })
  } catch (found) {
    return diskSentence(found) ?? String(found)
  }
  return `${path} can't be opened as a store (${own instanceof Error ? own.message : String(own)})`
}
