// Keeps a second program out of a folder. The mark is a socket that listens in the folder: the system closes it with its
// process, however that ends. A file would stay behind.
import { ClientError } from './client-error.ts'

/** Resolves with what gives the folder back. Where the file system has no sockets, it does nothing. @throws ClientError `in-use` */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): unknown } }
  const net = process.getBuiltinModule('node:net') as Net
  const fs = process.getBuiltinModule('node:fs/promises') as {
    rm(path: string, options: { force: true }): Promise<void>
  }
  const path = `${folder}/in-use`
  const inUse = () =>
    new ClientError(
      'in-use',
      `${folder} is in use by another program. Stop that program, or give this one a store of its own.`
    )

  if (await answers(net, path)) throw inUse()
  // It may have been left behind.
  await fs.rm(path, { force: true })
  const server = net.createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }) => (code === 'EADDRINUSE' ? reject(inUse()) : resolve())).listen(path, resolve)
  })
  server.unref()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

const answers = (net: Net, path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

type Failed = (error: Error & { code?: string }) => void
interface Socket {
  destroy(): void
  once(event: 'error', failed: Failed): unknown
}
interface Server {
  once(event: 'error', failed: Failed): Server
  listen(path: string, listening: () => void): unknown
  unref(): void
  close(closed: () => void): void
}
interface Net {
  connect(path: string, connected: () => void): Socket
  createServer(connected: (socket: Socket) => void): Server
}
