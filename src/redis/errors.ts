// Which failures of Redis are worth a retry. A bug of ours, or data that something else wrote, is not.
import { StoreUnavailable } from '../errors.ts'

/**
 * Replies that stay the same however often the command is repeated: a key of another type, a key outside of the hash tag, a script or a
 * command that Redis rejects. Hosted servers report quotas and limits as `ERR` too, so only known texts count.
 */
const PERMANENT = [
  /^(WRONGTYPE|CROSSSLOT)\b/,
  /^ERR (Error (compiling|running) script|syntax error|unknown command|wrong number of arguments|value is not|invalid)/i,
  /^ERR .*\buser_script:\d+:/
]

/** StoreUnavailable when Redis may answer later; an error that a repetition would bring back comes back unchanged. */
export function asStoreError(cause: unknown): unknown {
  if (cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError) return cause
  if (cause instanceof Error && PERMANENT.some((text) => text.test(cause.message))) return cause
  return new StoreUnavailable('Redis could not execute a command', { cause })
}
