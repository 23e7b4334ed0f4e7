// The `fly-replay` answer, read as strictly as it is documented: what this edge doesn't know for certain it refuses, so that
// nothing is built on it. Sources: Fly docs, "dynamic request routing"; Fly changelog, "fallbacks for fly-replay".

export interface Replay {
  /** Only this machine. */
  instance?: string
  /** This machine if it can be had, else any. */
  preferInstance?: string
  /** Nearest first of these regions. */
  regions?: string[]
  /** Not the machine that says so. */
  elsewhere: boolean
  state?: string
  /** How long to try to reach the target. */
  timeoutMs?: number
  /** Who gets the request when the target can't be had; nobody: an error. */
  fallback?: 'force_self' | 'prefer_self'
}

/** The edge answers by itself; the sentence begins with Fly's code where there is one (Fly docs, error codes). */
export class EdgeRefusal extends Error {
  readonly status: number
  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

const UNITS = { ms: 1, s: 1_000 }

/** @throws EdgeRefusal for what isn't documented */
export function readReplay(header: string): Replay {
  const replay: Replay = { elsewhere: false }
  for (const field of header.split(';')) {
    const [name, value] = /^([a-z_]+)=(.+)$/.exec(field.trim())?.slice(1) ?? []
    if (name === undefined || value === undefined) throw unknown(field)
    if (name === 'instance' && isId(value)) replay.instance = value
    else if (name === 'prefer_instance' && isId(value)) replay.preferInstance = value
    else if (name === 'region') replay.regions = value.replaceAll('"', '').split(',')
    else if (name === 'elsewhere' && value === 'true') replay.elsewhere = true
    else if (name === 'state') replay.state = value
    else if (name === 'timeout') replay.timeoutMs = duration(value)
    else if (name === 'fallback' && (value === 'force_self' || value === 'prefer_self')) replay.fallback = value
    else throw unknown(field)
  }
  return replay
}

const isId = (value: string) => /^[a-z0-9]+$/.test(value)

function duration(value: string): number {
  const [, count, unit] = /^(\d+)(ms|s)$/.exec(value) ?? []
  if (!count) throw unknown(`timeout=${value}`)
  return Number(count) * UNITS[unit as keyof typeof UNITS]
}

const unknown = (field: string) => new EdgeRefusal(502, `fly-replay: this edge doesn't know "${field}"`)
