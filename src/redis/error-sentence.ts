// What an operator reads when Redis cannot be used: the cause, and what to do about it.

const UNKNOWN_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN'])
const TLS_CODE = /^(ERR_(TLS|SSL)|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO$)/
const WRONG_PASSWORD = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password)/

/**
 * `url`: REDIS_URL. `hasAnswered`: Redis did at that address, so the address is right. The sentence names host and port, and never the
 * password. Null for an error that says nothing about the connection.
 */
export function redisErrorSentence(url: string, cause: unknown, hasAnswered = false): string | null {
  const { hostname, port, protocol } = new URL(url)
  const place = `Redis at ${hostname}:${port || '6379'}`
  const { code, message } = described(cause)
  if (WRONG_PASSWORD.test(message))
    return `${place} refuses the user or password in REDIS_URL (${message.split(' ')[0]}). Messages wait until it is right.`
  if (UNKNOWN_HOST.has(code))
    return `The host name in REDIS_URL, ${hostname}, is unknown (${code}). Messages wait until it resolves.`
  if (TLS_CODE.test(code)) return `${place} cannot be reached over TLS (${code}). Check its certificate. Messages wait.`
  // A Redis without TLS answers nothing to the start of a TLS connection, and one with TLS closes a plain connection.
  const otherScheme = protocol === 'rediss:' ? 'If it has no TLS, use redis://. ' : 'If it wants TLS, use rediss://. '
  const hint = hasAnswered ? '' : otherScheme
  if (/timeout|closed/i.test(message)) return `${place} does not answer (${message}). ${hint}Messages wait.`
  return code === '' ? null : `${place} is unreachable (${code}). Messages wait.`
}

/** For a call that Redis answered but did not execute, because it is full, read-only, or over a quota. Null for any other failure. */
export function refusalSentence(cause: unknown): string | null {
  const reply = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : ''
  if (!/^[A-Z]{2,} /.test(reply)) return null
  const [text = ''] = reply.split(/\.? script:/)
  if (text.startsWith('OOM')) return `Redis is full and stores nothing (${text}). Messages wait: give it more memory.`
  return `Redis refuses to store (${text}). Messages wait.`
}

/** An error of several attempts, one for each address of a name, holds their causes. */
function described(cause: unknown): { code: string; message: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return described(cause.errors[0])
  if (!(cause instanceof Error)) return { code: '', message: String(cause) }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return { code, message: cause.message }
}
