// A store in a folder, one file per value, for programs. Node is asked for its file system instead of importing it, so that the
// same file of ours loads in browsers.
import type { ClientStore } from './store.ts'

/** Keeps each value in a file of `folder`, which is made if need be. One process at a time. @throws outside Node */
export function fileStore(folder: string): ClientStore {
  const fs = fileSystem()
  const file = (key: string) => `${folder}/${encodeURIComponent(key)}.json`
  // One after another, so that the last word on a key is the last one said.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  /** What was renamed or removed is so for good only once the folder itself is written. */
  async function settle() {
    const handle = await fs.open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  return {
    get: (key) =>
      inTurn(async () => {
        try {
          return JSON.parse(await fs.readFile(file(key), 'utf8')) as unknown
        } catch (cause) {
          if (isMissing(cause)) return undefined
          throw new Error(`${file(key)} can't be read`, { cause })
        }
      }),

    // Written beside and renamed over: a crash leaves the old value or the new one, never a half.
    put: (key, value) =>
      inTurn(async () => {
        await fs.mkdir(folder, { recursive: true })
        const fresh = `${file(key)}.new`
        const handle = await fs.open(fresh, 'w')
        try {
          await handle.writeFile(JSON.stringify(value))
          await handle.sync()
        } finally {
          await handle.close()
        }
        await fs.rename(fresh, file(key))
        await settle()
      }),

    remove: (key) =>
      inTurn(async () => {
        try {
          await fs.unlink(file(key))
          await settle()
        } catch (cause) {
          if (!isMissing(cause)) throw cause
        }
      })
  }
}

const isMissing = (cause: unknown) => (cause as { code?: string }).code === 'ENOENT'

interface FileHandle {
  writeFile(text: string): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}
interface FileSystem {
  open(path: string, flags: string): Promise<FileHandle>
  readFile(path: string, encoding: 'utf8'): Promise<string>
  mkdir(path: string, options: { recursive: true }): Promise<unknown>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

function fileSystem(): FileSystem {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  const fs = process?.getBuiltinModule?.('node:fs/promises')
  if (!fs) throw new Error('fileStore needs Node; in a browser use browserStore(localStorage)')
  return fs as FileSystem
}
