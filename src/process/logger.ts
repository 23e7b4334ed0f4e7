// The operator's log: one JSON line per event, with region and instance. Secrets and texts of people are hidden, whatever is logged.
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Config } from './config.ts'

export type Log = Logger

const SECRETS = ['token', 'auth', 'authorization', 'cookie', 'set-cookie', 'secret', 'password', 'moderator']
const SECRET_SETTINGS = ['sessionSecret', 'moderatorToken', 'vapidPrivateKey', 'redisUrl', 'redisRest']
const TEXTS = ['text', 'content', 'body']
const HIDDEN = [...SECRETS, ...SECRET_SETTINGS, ...TEXTS]
/** The depths of a line's fields at which these names are hidden. */
const DEPTHS = ['', '*', '*.*']
const STACK_MAX_LINES = 12

/** @param destination standard output by default */
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

/** An error without extra fields: libraries add commands, addresses and inputs, which may contain texts of people. */
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

// Messages of @upstash/redis end with the whole command.
const withoutCommand = (text: string) => text.replace(/, command was: [^\n]*/g, '')
