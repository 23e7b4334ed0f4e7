import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { devicesContract } from './device-store.contract.ts'
import { openSqliteDevices } from './sqlite-devices.ts'

devicesContract('SQLite', async (now) => {
  const { log, file } = await openSqliteStores({ path: ':memory:', historyLimit: 100, now })
  return { store: openSqliteDevices(file), close: () => log.close() }
})
