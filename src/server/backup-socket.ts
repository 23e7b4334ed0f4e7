// How `npm run backup` asks a running server: it has the store for itself, so no other program can read it. A socket in DATA_DIR, for
// the same user alone: a path goes in as one line, and a sentence comes back, empty when the backup is there.
import { rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { diskSentence } from '../process/disk-errors.ts'

/** There is no socket, nobody listens at it, or its path is too long for one. */
const NO_SERVER = new Set(['ENOENT', 'ECONNREFUSED', 'EINVAL'])

/** Relative to the working folder: the system limits such a path to about a hundred bytes. */
const socketPath = (store: string) => relative(process.cwd(), join(dirname(store), 'backup.sock'))

/** The caller has the store open, so a socket that is there is left from a killed server. `onError`: no backup is possible. */
export function openBackupSocket(
  store: string,
  backUp: (to: string) => Promise<void>,
  onError: (cause: Error) => void
): { close(): void } {
  const path = socketPath(store)
  rmSync(path, { force: true })
  const server = createServer((socket) => void answer(socket, backUp))
  server.on('error', onError)
  // Changed afterwards, its rights would be those of others for a moment. The socket is there when `listen` returns.
  const mask = process.umask(0o177)
  server.listen(path).unref()
  process.umask(mask)
  return { close: () => void server.close() }
}

async function answer(socket: Socket, backUp: (to: string) => Promise<void>) {
  socket.on('error', () => {})
  for await (const to of createInterface(socket)) {
    const outcome = isAbsolute(to) ? backUp(to).then(() => '', failureSentence) : 'The path is not absolute.'
    socket.end(`${await outcome}\n`)
    return
  }
}

/** What `backUp` has met. */
export function failureSentence(cause: unknown): string {
  const why = diskSentence(cause) ?? (cause instanceof Error ? cause.message : String(cause))
  return why.replaceAll('\n', ' ')
}

/** The server's sentence, or null when no server has the store. */
export async function askServer(store: string, to: string): Promise<string | null> {
  const socket = connect(socketPath(store))
  try {
    socket.write(`${to}\n`)
    for await (const sentence of createInterface(socket)) return sentence
    return 'The server ended before the backup was complete.'
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && NO_SERVER.has(String(cause.code))) return null
    throw cause
  } finally {
    socket.destroy()
  }
}
