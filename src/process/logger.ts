// The log: one JSON line per event, with region and instance. No secrets and nothing that people wrote, whatever is handed in.
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Config } from './config.ts'

export type Log = Logger

const SECRETS = ['token', 'auth', 'authorization', 'cookie', 'set-cookie', 'secret', 'password', 'moderator']
const SECRET_SETTINGS = ['sessionSecret', 'moderatorToken', 'redisUrl', 'redisRest']
const WHAT_PEOPLE_WROTE = ['text', 'content', 'body']
const HIDDEN = [...SECRETS, ...SECRET_SETTINGS, ...WHAT_PEOPLE_WROTE]
/** How deep in a line's fields the names above are looked for. */
const DEPTHS = ['', '*', '*.*']
const STACK_MAX_LINES = 12

/** @param destination where lines go; standard output by default */
export function createLog(
  config: Pick<Config, 'logLevel' | 'region' | 'instance'>,
  destination?: DestinationStream
): Log {
  return pino(
    {
      level: config.logLevel,
      base: { region: config.region, instance: config.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: DEPTHS.flatMap((depth) => HIDDEN.map((name) => `${depth}["${name}"]`)),
        censor: '[hidden]'
      },
      serializers: { err: plainError, error: plainError }
    },
    destination ?? pino.destination({ dest: 1, sync: true })
  )
}

/** An error without its extra fields: libraries hang commands, addresses and inputs on them, and so what people wrote. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error
  const code = 'code' in error ? error.code : undefined
  return {
    type: error.name,
    message: withoutCommand(error.message),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    stack: withoutCommand(error.stack ?? '')
      .split('\n')
      .slice(0, STACK_MAX_LINES)
      .join('\n'),
    ...(error.cause instanceof Error && { cause: plainError(error.cause) })
  }
}

// @upstash/redis ends its messages with the whole command.
const withoutCommand = (text: string) => text.replace(/, command was: [^\n]*/g, '')
