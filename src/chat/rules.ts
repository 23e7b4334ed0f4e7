// What may be said and how things may be called. Shape is checked where words come in; meaning is checked here, so that no
// vocabulary can forget it.
import {
  NAME_MAX_CODE_POINTS,
  ROOM_TITLE_MAX_CODE_POINTS,
  TEXT_MAX_BYTES,
  TEXT_MAX_CODE_POINTS,
  newId
} from '../contract.ts'
import { ChatError } from './chat-error.ts'

/** Control characters, but for the line break and the tab. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu
/** What makes two names look alike or turns text around: controls, private use, unassigned direction marks, fillers without a shape. */
const UNSEEN_IN_NAMES =
  /[\p{Cc}\p{Co}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]/u
/** A zero-width joiner belongs between the parts of an emoji, nowhere else. */
const JOINER_OUTSIDE_EMOJI =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|\u200d(?!\p{Extended_Pictographic})/u
const SOMETHING_TO_SEE = /[\p{L}\p{N}\p{P}\p{S}]/u
/** More marks than this on one letter spill over the neighbours' lines. */
const PILED_MARKS = /\p{M}{4,}/u
const EMOJI =
  /^(\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|\p{Extended_Pictographic}(\ufe0f|\p{Emoji_Modifier})?(\u200d\p{Extended_Pictographic}(\ufe0f|\p{Emoji_Modifier})?)*)$/u

/** The text as it is kept: well-formed, line breaks as \n, no control characters, no blank end. @throws ChatError text-empty, text-too-long */
export function cleanText(raw: string): string {
  const text = raw.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '').trimEnd()
  if (text.trim() === '') throw new ChatError('text-empty')
  if (codePoints(text) > TEXT_MAX_CODE_POINTS || Buffer.byteLength(text) > TEXT_MAX_BYTES)
    throw new ChatError('text-too-long')
  return text
}

/** A name to sign in with: one form (NFKC) for what looks alike, nothing unseen in it. @throws ChatError name-bad */
export function cleanName(raw: string): string {
  const name = plain(raw.normalize('NFKC'))
  if (!usable(name) || UNSEEN_IN_NAMES.test(name) || JOINER_OUTSIDE_EMOJI.test(name) || PILED_MARKS.test(name))
    throw new ChatError('name-bad')
  return name
}

/** The name a guest claims, or null when it is unusable. Kept as said where possible: its client compares it with its own. */
export function claimedName(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw.length > NAME_MAX_CODE_POINTS * 2) return null
  const name = plain(raw)
  return usable(name) && !UNSEEN_IN_NAMES.test(name) ? name : null
}

/** The form in which names are compared. */
export function foldName(name: string): string {
  return plain(name.normalize('NFKC')).toLowerCase().normalize('NFC')
}

/** A room's title. @throws ChatError name-bad */
export function cleanTitle(raw: string): string {
  const title = cleanName(raw)
  if (codePoints(title) > ROOM_TITLE_MAX_CODE_POINTS) throw new ChatError('name-bad')
  return title
}

/** The id for a room of that title: readable where the title has Latin letters, else random. */
export function roomIdFor(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/ł/giu, 'l')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
  return (
    slug ||
    `room-${newId()
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '0')}`
  )
}

export function isEmoji(raw: string): boolean {
  return EMOJI.test(raw)
}

const codePoints = (text: string) => [...text].length
const plain = (text: string) => text.toWellFormed().replace(/\s+/gu, ' ').trim()
const usable = (name: string) => name !== '' && codePoints(name) <= NAME_MAX_CODE_POINTS && SOMETHING_TO_SEE.test(name)
