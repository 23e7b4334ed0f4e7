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
const CONTROLS = /[\p{Cc}--[\n\t]]/gv
/** What makes two names look alike or turns text around: whatever has no shape of its own. */
const UNSEEN = /[\p{Cc}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800\ufff9-\ufffb]/u
const JOINER = '\u200d'
const SOMETHING_TO_SEE = /[\p{L}\p{N}\p{P}\p{S}]/u
/** More marks than this on one letter spill over the neighbours' lines. */
const PILED_MARKS = /\p{M}{4,}/u
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?`
const PICTURES = String.raw`${PICTURE}(?:\u200d${PICTURE})*|[0-9#*]\ufe0f?\u20e3`
const EMOJI = new RegExp(String.raw`^(?:\p{Regional_Indicator}{2}|${PICTURES})$`, 'u')
const EMOJI_INSIDE = new RegExp(PICTURES, 'gu')

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
  if (!usable(name) || hasUnseen(name) || PILED_MARKS.test(name)) throw new ChatError('name-bad')
  return name
}

/** The name a guest claims, or null when it is unusable. Kept as said where possible: its client compares it with its own. */
export function claimedName(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw.length > NAME_MAX_CODE_POINTS * 2) return null
  const name = plain(raw)
  return usable(name) && !hasUnseen(name.replaceAll(JOINER, '')) ? name : null
}

/** The form in which names are compared: without case, width and what isn't seen. */
export function foldName(name: string): string {
  return plain(name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, ''))
    .toLowerCase()
    .normalize('NFC')
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

const codePoints = (text: string) => Array.from(text).length
const plain = (text: string) => text.toWellFormed().replace(/\s+/gu, ' ').trim()
/** Joiners and variation selectors belong between the parts of an emoji, nowhere else. */
const hasUnseen = (name: string) => UNSEEN.test(name.replace(EMOJI_INSIDE, ''))
const usable = (name: string) => name !== '' && codePoints(name) <= NAME_MAX_CODE_POINTS && SOMETHING_TO_SEE.test(name)
