// Keeps a second program out of a store. The mark ends with its process or page, however that ends: in a folder a socket that
// listens there, where a file would stay behind; in a browser a lock.
import { ClientError } from './client-error.ts'

/** A page that is loaded again waits so long for the lock of its predecessor. */
const PAGE_GOES_WITHIN_MS = 1_000

/** The same for all pages of this origin. Without locks, which need https or localhost, it does nothing. @throws ClientError `in-use` */
export async function claimOrigin(): Promise<() => Promise<void>> {
  const { locks } = navigator
  const claimed = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const signal = AbortSignal.timeout(PAGE_GOES_WITHIN_MS)
  locks?.request('taifas:client', { signal }, () => (claimed.resolve(), released.promise)).catch(claimed.reject)
  if (!locks) claimed.resolve()
  await claimed.promise.catch((cause: unknown) => {
    throw new ClientError(
      'in-use',
      'localStorage is in use by another page of this address. Close that page, or use sessionStorage, which every tab has for itself.',
      { cause }
    )
  })
  return async () => released.resolve()
}

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
