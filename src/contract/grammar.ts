// Schemas of the fields that events and request bodies share.
import * as v from 'valibot'
import { TEXT_MAX_BYTES } from './limits.ts'

export const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/))
export const roomId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/))
export const epoch = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
// Generous: chat/rules.ts has the exact rules.
export const text = v.pipe(v.string(), v.maxLength(TEXT_MAX_BYTES))
export const roomTitle = v.pipe(v.string(), v.maxLength(400))
