import { join } from 'node:path'
import { newFolder } from '../../infra/testing/folder.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqliteTable } from './table-sqlite.ts'
import { tableContract } from './table-store.contract.ts'

tableContract('SQLite', async (now) => {
  const folder = newFolder()
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
    close: () => stores.log.close()
  }
})
