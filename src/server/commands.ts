// `npm run backup -- FILE` and `npm run rescue`: what operators do with the file of the embedded store. They read the same variables as
// the server, and in an image they are arguments of its program.
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../errors.ts'
import { backUp } from '../log/sqlite/backup.ts'
import { isBusy } from '../log/sqlite/errors.ts'
import { diskSentence } from '../process/disk-errors.ts'
import { readSettings } from '../process/settings.ts'
import { askServer, failureSentence } from './backup-socket.ts'
import { storePath } from './embedded.ts'
import { rescue } from './rescue.ts'

/** A command can't be done. The message is a sentence for the operator. */
export class CommandFailed extends Error {
  override name = 'CommandFailed'
}

/** Returns what it has done. @throws CommandFailed */
async function runBackup(store: string, file: string | undefined): Promise<string> {
  if (!file) throw new CommandFailed('Name the file of the backup: npm run backup -- FILE')
  const to = resolve(file)
  const refusal = (await askServer(store, to)) ?? (await backUpHere(store, to))
  if (refusal) throw new CommandFailed(`There is no backup: ${refusal}`)
  return `${to} is a backup of ${statSync(to).size} bytes. To restore it, stop the chat, remove ${store} and ${store}-wal, copy the backup to ${store}, and start the chat.`
}

/** No server runs. */
async function backUpHere(store: string, to: string): Promise<string> {
  const db = new DatabaseSync(store)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    await backUp(db, to)
    return ''
  } catch (cause) {
    return isBusy(cause)
      ? 'the store is in use by a server that takes no backups. Stop it first.'
      : failureSentence(cause)
  } finally {
    db.close()
  }
}

async function runRescue(store: string, file: string | undefined): Promise<string> {
  const from = file ? resolve(file) : store
  const to = `${from}.rescued`
  if (existsSync(to)) throw new CommandFailed(`${to} exists already: move it away.`)
  if (isInUse(from)) throw new CommandFailed(`A chat is running with ${from}: stop it first.`)
  const { rooms, messages, withoutText } = await rescue(from, to)
  return `${to} has ${messages} messages in ${rooms} rooms, of which ${withoutText} have lost their texts and are shown as removed. To use it, move ${from} and ${from}-wal away, rename ${to} to ${store}, and start the chat.`
}

const commands = { backup: runBackup, rescue: runRescue }

/** Whether another process has the file. Changes nothing, even in a damaged one. */
function isInUse(store: string): boolean {
  const db = new DatabaseSync(store, { readOnly: true })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; SELECT 1 FROM sqlite_schema')
    return false
  } catch (cause) {
    return isBusy(cause)
  } finally {
    db.close()
  }
}

/** @throws CommandFailed, and what is no fault of the operator */
export async function runCommand(
  name: keyof typeof commands,
  env: Record<string, string | undefined>,
  file: string | undefined
) {
  const { values } = readSettings(env)
  if (values.REDIS_URL)
    throw new CommandFailed('With REDIS_URL, all messages are in Redis: back it up there; infra/deploy.md says how.')
  const store = storePath({ dataDir: resolve(values.DATA_DIR ?? '.') })
  try {
    accessSync(store, constants.R_OK | constants.W_OK)
    console.log(await commands[name](store, file))
  } catch (cause) {
    const why = diskSentence(cause instanceof StoreUnavailable ? cause.cause : cause)
    throw why === null ? cause : new CommandFailed(`${store} can't be used: ${why}. DATA_DIR must be that of the chat.`)
  }
}
