// Bodies of HTTP requests.
import * as v from 'valibot'
import { id, roomTitle, text } from './grammar.ts'

export const bodies = {
  session: v.object({
    name: v.pipe(v.string(), v.maxLength(1_000)),
    moderator: v.optional(v.pipe(v.string(), v.maxLength(1_000)))
  }),
  room: v.object({ title: roomTitle }),
  message: v.object({ id: v.optional(id), text, replyTo: v.optional(id) })
} as const
