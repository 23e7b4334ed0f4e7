// A write without Node's streams, which nearly double what a program does for it.
import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Writes to a TCP socket whose stream holds nothing. What the kernel does not take at once waits in the stream. */
export function writeNow(tcp: Socket, bytes: Buffer): void {
  const { fd = -1 } = (tcp as { _handle?: { fd?: number } | null })._handle ?? {}
  let taken = 0
  try {
    if (fd >= 0) taken = writeSync(fd, bytes)
  } catch {
    // The kernel's buffer is full, or the connection is broken: the stream waits, or reports it.
  }
  if (taken < bytes.length) tcp.write(bytes.subarray(taken))
}
