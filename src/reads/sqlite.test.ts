import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqlitePeople } from '../people/sqlite.ts'
import { openSqliteReads } from './sqlite.ts'
import { readsContract } from './store.contract.ts'

readsContract('SQLite', async ({ historyLimit }) => {
  const { log, file } = await openSqliteStores({ path: ':memory:', historyLimit })
  return { log, people: openSqlitePeople(file), reads: openSqliteReads(file), close: log.close }
})
