import { join } from 'node:path'
import { newFolder } from '../../infra/testing/folder.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { accountsContract } from './account-store.contract.ts'
import { openSqliteAccounts } from './sqlite-accounts.ts'
import { openSqlitePeople } from './sqlite.ts'
import { peopleContract } from './store.contract.ts'
import { NAME_LASTS_MS } from './store.ts'

peopleContract('SQLite', async (now) => {
  const folder = newFolder()
  const open = async () => {
    const { log, file } = await openSqliteStores({ path: join(folder, 'chat.sqlite'), historyLimit: 100, now })
    return { log, file, people: openSqlitePeople(file) }
  }
  let stores = await open()
  const reopen = async () => {
    await stores.log.close()
    stores = await open()
  }
  return {
    get stores() {
      return [stores.people] as const
    },
    reopen,
    async size() {
      const count = (table: string) =>
        Number(stores.file.db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'])
      return { people: count('people'), names: count('names') }
    },
    async fill(count) {
      const { db } = stores.file
      const person = db.prepare(
        'INSERT INTO people (id, name, forms, created, seen, expires) VALUES (?, ?, ?, 0, 0, ?)'
      )
      const name = db.prepare('INSERT INTO names (form, person) VALUES (?, ?)')
      db.exec('BEGIN')
      for (let n = 0; n < count; n += 1) {
        person.run(`id ${n}`, `filled ${n}`, JSON.stringify([`filled ${n}`]), now() + NAME_LASTS_MS + n - count)
        name.run(`filled ${n}`, `id ${n}`)
      }
      db.exec('COMMIT')
      await reopen()
    },
    close: () => stores.log.close()
  }
})

accountsContract('SQLite', async (now) => {
  let later = 0
  const { log, file } = await openSqliteStores({ path: ':memory:', historyLimit: 100, now: () => now() + later })
  const people = openSqlitePeople(file)
  const accounts = openSqliteAccounts(file)
  return {
    stores: [accounts, accounts],
    people,
    async pass(ms) {
      later += ms
    },
    close: () => log.close()
  }
})
