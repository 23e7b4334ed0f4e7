// Which failures mean that the embedded store is unavailable, and which that it is damaged. Clients retry the first only.
import { ChatError, StoreDamaged, StoreUnavailable } from '../../errors.ts'

/** SQLite's primary result codes for a disk, a lock or memory that may work again later. https://sqlite.org/rescode.html */
const UNAVAILABLE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15
} as const
const unavailableCodes: ReadonlySet<number> = new Set(Object.values(UNAVAILABLE))
/** A file that is damaged or is no database, and one that the disk can't read: extended codes of IOERR. */
const DAMAGED = { CORRUPT: 11, NOTADB: 26, IOERR_READ: 266, IOERR_SHORT_READ: 522, IOERR_CORRUPTFS: 8_458 } as const
const damagedCodes: ReadonlySet<number> = new Set(Object.values(DAMAGED))
/** The lower bits of an extended result code are the primary one. */
const PRIMARY_CODE_MASK = 0xff

/** SQLite's extended result code; 0 for any other error. */
const extendedCode = (error: unknown) => (error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0)
const primaryCode = (error: unknown) => extendedCode(error) & PRIMARY_CODE_MASK

/** Another process holds the file. */
export const isBusy = (error: unknown): boolean => primaryCode(error) === UNAVAILABLE.BUSY

/** Node reports a closed database by this code, and the file system by names such as ENOSPC. */
const isClosedOrSystemError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ERR_INVALID_STATE' || 'syscall' in error)

/**
 * StoreUnavailable when the store may answer later, StoreDamaged when its file is damaged; a refusal and a bug come back unchanged.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof ChatError || error instanceof StoreUnavailable) return error
  const cause = { cause: error }
  if (damagedCodes.has(primaryCode(error)) || damagedCodes.has(extendedCode(error)))
    return new StoreDamaged('the file of the chat is damaged', cause)
  if (!isClosedOrSystemError(error) && !unavailableCodes.has(primaryCode(error))) return error
  return new StoreUnavailable('the file of the chat could not be read or written', cause)
}

/** What `work` returns. @throws its error as `asStoreError` has it */
export function withStoreErrors<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStoreError(error)
  }
}

/** The same for a read of a store. */
export async function reading<T>(read: () => T): Promise<T> {
  return withStoreErrors(read)
}
