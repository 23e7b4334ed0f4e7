import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqliteTable } from './table-sqlite.ts'
import { tableContract } from './table-store.contract.ts'

tableContract('SQLite', async (now) => {
  const folder = mkdtempSync(join(tmpdir(), 'taifas-table-'))
  const open = async () => {
    const { log, file } = await openSqliteStores({ path: join(folder, 'chat.sqlite'), historyLimit: 100, now })
    return { log, table: openSqliteTable(file) }
  }
  let stores = await open()
  return {
    get store() {
      return stores.table
    },
    async reopen() {
      await stores.log.close()
      stores = await open()
    },
    async close() {
      await stores.log.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
})
