// Why a file can't be used, as the operating system says, and what an operator can do about it.
import { statSync } from 'node:fs'
import { dirname } from 'node:path'

const REMEDIES = new Map([
  ['ENOSPC', 'the disk is full: free some space on it'],
  ['EDQUOT', 'the disk quota of this user is used up: free some space, or raise it'],
  ['EFBIG', 'files of this process may not grow further: raise its limit (ulimit -f)'],
  ['EROFS', 'the file system is read-only: mount it for writing, or choose another folder'],
  ['EIO', 'the disk reports errors: check it, and copy what is on it'],
  ['ENOENT', 'there is no such file or folder'],
  // Of a socket.
  ['EINVAL', 'the path is too long: choose a folder with a shorter one'],
  ['ENOTDIR', 'a part of the path is a file: choose a folder']
])

/** The end of a sentence, with the code of the error; null for an error that the file system did not report. */
export function diskSentence(error: unknown): string | null {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return null
  const { code, path, address } = error as NodeJS.ErrnoException & { address?: string }
  if (code === 'EACCES' || code === 'EPERM') return `${ownerOf(path ?? address ?? '.')} (${code})`
  return `${REMEDIES.get(code ?? '') ?? 'choose a folder that this process may write to'} (${code})`
}

/** Whose the path is, or else the deepest folder above it that can be looked at. */
function ownerOf(path: string): string {
  try {
    const [owner, me] = [statSync(path).uid, process.getuid?.()]
    return me === undefined || owner === me
      ? 'its rights do not allow it: change them (chmod u+rw)'
      : `it belongs to user ${owner}, and this process runs as user ${me}: start it as that user, or change the owner (chown)`
  } catch {
    return ownerOf(dirname(path))
  }
}
