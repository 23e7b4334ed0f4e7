// A store in a folder, with one file per value, for programs. It asks Node for the file system at run time instead of importing it,
// so that this file loads in browsers too.
import { claimFolder } from './store-claim.ts'
import type { ClientStore } from './store.ts'

/**
 * Stores each value in a file of `folder`, which it creates when needed. For one program at a time: a second one is refused. @throws
 * outside Node
 */
export function fileStore(folder: string): ClientStore {
  const fs = fileSystem()
  const file = (key: string) => `${folder}/${encodeURIComponent(key)}.json`
  // One operation after another, so that the last call decides.
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }

  /** A rename or removal survives a crash only once the folder itself is written. */
  async function settle() {
    const handle = await fs.open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  return {
    async claim() {
      await fs.mkdir(folder, { recursive: true })
      return claimFolder(folder)
    },

    get: (key) =>
      inOrder(async () => {
        try {
          return JSON.parse(await fs.readFile(file(key), 'utf8')) as unknown
        } catch (cause) {
          if (isMissing(cause)) return undefined
          throw new Error(`${file(key)} can't be read`, { cause })
        }
      }),

    // Written to a second file and renamed: a crash leaves the old value or the new one, never half of one.
    put: (key, value) =>
      inOrder(async () => {
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
      inOrder(async () => {
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
