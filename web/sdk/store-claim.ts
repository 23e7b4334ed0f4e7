// Keeps a second program out of a store. The mark ends with its process or page, however that ends: in a folder a socket that
// listens there, where a file would stay behind; in a browser a lock, or on plain http, which has no locks, a page that answers others.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */
import { newId } from '../../src/contract.ts'
import { ClientError } from './client-error.ts'

/** A page that is loaded again waits so long for the lock of its predecessor. */
const PAGE_GOES_WITHIN_MS = 1_000
/** Without locks: a page that is busy for longer is not noticed. */
const ANSWERS_WITHIN_MS = 500
const NAME = 'taifas:client'

/** The same for all pages of this origin. @throws ClientError `in-use` */
export async function claimOrigin({ locks }: { locks?: Locks } = navigator) {
  const release = await (locks ? claimLock(locks) : claimByAsking()).catch((cause: unknown) => {
    throw new ClientError(
      'in-use',
      'localStorage is in use by another page of this address. Close that page, or use sessionStorage, which every tab has for itself.',
      { cause }
    )
  })
  return async () => release()
}

async function claimLock(locks: Locks): Promise<() => void> {
  const claimed = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const signal = AbortSignal.timeout(PAGE_GOES_WITHIN_MS)
  locks.request(NAME, { signal }, () => (claimed.resolve(), released.promise)).catch(claimed.reject)
  await claimed.promise
  return released.resolve
}

/** Asks all pages. One that is in answers; of two that ask at the same moment the one with the smaller id comes in. */
async function claimByAsking(): Promise<() => void> {
  const id = newId()
  const channel = new BroadcastChannel(NAME)
  let isIn = false
  const refused = new Promise<never>((_, refuse) => {
    channel.addEventListener('message', (message) => {
      const data = (message as unknown as { data: { asks?: string; refused?: string } }).data
      if (data.refused === id || (!isIn && data.asks !== undefined && data.asks < id)) refuse(new Error('refused'))
      else if (data.asks !== undefined) channel.postMessage({ refused: data.asks })
    })
  })
  channel.postMessage({ asks: id })
  try {
    await Promise.race([refused, new Promise((done) => setTimeout(done, ANSWERS_WITHIN_MS))])
  } catch (cause) {
    channel.close()
    throw cause
  }
  isIn = true
  return () => channel.close()
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

interface Locks {
  request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown>
}
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
