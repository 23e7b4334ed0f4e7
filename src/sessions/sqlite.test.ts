import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqliteRevocations } from './sqlite.ts'
import { revocationsContract } from './store.contract.ts'
import { openFile } from '../log/sqlite/file.ts'

revocationsContract('SQLite', async (now) => {
  const folder = newFolder()
  const path = join(folder, 'chat.sqlite')
  const open = async () => {
    const { log, file } = await openSqliteStores({ path, historyLimit: 100, now })
    return { log, revocations: openSqliteRevocations(file) }
  }
  let stores = await open()
  return {
    get store() {
      return stores.revocations
    },
    async reopen() {
      await stores.log.close()
      stores = await open()
    },
    async fill(revocations, ageMs) {
      await stores.log.close()
      const db = new DatabaseSync(path)
      const insert = db.prepare('INSERT INTO revocations (session, before, at) VALUES (?, ?, ?)')
      db.exec('BEGIN')
      for (const { session, before } of revocations) insert.run(session, before, now() - ageMs)
      db.exec('COMMIT')
      db.close()
      stores = await open()
    },
    close: () => stores.log.close()
  }
})

test('the previous version, which knows no revocations, still opens the file', async () => {
  const folder = newFolder()
  const path = join(folder, 'chat.sqlite')
  const { log, file } = await openSqliteStores({ path, historyLimit: 100 })
  const revocations = openSqliteRevocations(file)
  await revocations.add({ session: 'a', before: 1 })
  await log.close()
  const db = openFile(path)
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
  db.close()
  await expect(revocations.list(null)).rejects.toMatchObject({ name: 'StoreUnavailable' })
})
