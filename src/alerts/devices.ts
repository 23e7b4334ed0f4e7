// The devices that receive push messages, as they are stored.
import * as v from 'valibot'
import { DEVICE } from './store.ts'

const stored = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ p256dh: v.string(), auth: v.string(), name: v.string(), at: v.number() })
)

export interface Device {
  endpoint: string
  p256dh: string
  auth: string
  name: string
  /** Milliseconds since 1970. */
  at: number
}

export const deviceField = (endpoint: string) => `${DEVICE}${endpoint}`

export const deviceText = ({ p256dh, auth, name, at }: Device): string => JSON.stringify({ p256dh, auth, name, at })

/** Null for a field that is no device. */
export function deviceOf(name: string, value: string): Device | null {
  const read = v.safeParse(stored, value)
  return name.startsWith(DEVICE) && read.success ? { endpoint: name.slice(DEVICE.length), ...read.output } : null
}

/** The oldest first. */
export const devicesIn = (fields: ReadonlyMap<string, string>): Device[] =>
  [...fields].flatMap(([name, value]) => deviceOf(name, value) ?? []).toSorted((a, b) => a.at - b.at)
