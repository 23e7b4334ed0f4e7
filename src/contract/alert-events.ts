// Events about what a person is notified of, and on which devices.
import * as v from 'valibot'
import { levels, type Alerts } from './alerts.ts'
import { roomId, seq } from './grammar.ts'

/** Of a push service. */
const endpoint = v.pipe(v.string(), v.maxLength(1_000), v.regex(/^https:\/\/[^/\s@]+\//), v.url())
const key = v.pipe(v.string(), v.regex(/^[\w+/=-]{16,200}$/))

export const alertEvents = {
  'alerts:get': v.object({}),
  /** Changes some of that. `level` without a level: the default again. */
  'alerts:set': v.object({
    level: v.optional(v.object({ room: roomId, level: v.nullable(v.picklist(levels)) })),
    quietUntil: v.optional(seq),
    hideText: v.optional(v.boolean()),
    addDevice: v.optional(v.object({ endpoint, p256dh: key, auth: key, name: v.pipe(v.string(), v.maxLength(100)) })),
    dropDevice: v.optional(endpoint)
  }),
  /** Sends a push message to a device of this person. */
  'alerts:test': v.object({ endpoint })
} as const

export interface AlertAnswers {
  'alerts:get': Alerts
  'alerts:set': Alerts
  'alerts:test': { sent: boolean }
}
