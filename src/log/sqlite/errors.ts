// Which failures mean that the embedded store is unavailable. Clients retry those; a bug or a damaged file must not be retried.
import { ChatError, StoreUnavailable } from '../../errors.ts'

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
/** A file that is damaged, or is no database. */
const CORRUPT = 11
const NOT_A_DATABASE = 26
/** The lower bits of an extended result code are the primary one. */
const PRIMARY_CODE_MASK = 0xff

/** SQLite's primary result code, or null for any other error. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error && 'errcode' in error)) return null
  return Number(error.errcode) & PRIMARY_CODE_MASK
}

/** Another process holds the file. */
export const isBusy = (error: unknown): boolean => resultCode(error) === UNAVAILABLE.BUSY

/** Node reports a closed database by this code, and the file system by names such as ENOSPC. */
const isClosedOrSystemError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ERR_INVALID_STATE' || 'syscall' in error)

/** StoreUnavailable when the store may answer later; a refusal, a bug and damage come back unchanged. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof ChatError || error instanceof StoreUnavailable) return error
  if (!isClosedOrSystemError(error) && !unavailableCodes.has(resultCode(error) ?? 0)) return error
  return new StoreUnavailable('the file of the chat could not be read or written', { cause: error })
}

/** As `asStoreError`, and a damaged file is unavailable too: at startup the operator can choose another folder. */
export function asOpenError(error: unknown): unknown {
  const code = resultCode(error)
  if (code !== CORRUPT && code !== NOT_A_DATABASE) return asStoreError(error)
  return new StoreUnavailable('the file is damaged or is no database', { cause: error })
}
