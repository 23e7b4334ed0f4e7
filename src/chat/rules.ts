// Rules for texts and names. A protocol checks the shape of its events; the meaning is checked here, so no protocol can forget it.
import {
  NAME_MAX_CODE_POINTS,
  REASON_MAX_CODE_POINTS,
  ROOM_TITLE_MAX_CODE_POINTS,
  ROOM_TOPIC_MAX_CODE_POINTS,
  TEXT_MAX_BYTES,
  TEXT_MAX_CODE_POINTS,
  isBlank,
  newId
} from '../contract.ts'
import { looksLike, onOneLine } from '../names.ts'
import { ChatError } from '../errors.ts'

/** Before the number of an id. */
const ROOM_ID_BASE_MAX = 56

/** Control characters, but for the line break and the tab. */
const CONTROLS = /[\p{Cc}--[\n\t]]/gv
/** What makes two names look alike or turns text around: whatever has no shape of its own. */
const UNSEEN = /[\p{Cc}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800\ufff9-\ufffb]/u
const JOINER = '\u200d'
const SOMETHING_TO_SEE = /[\p{L}\p{N}\p{P}\p{S}]/u
/** More marks than this on one letter spill over the neighbors' lines. */
const NAME_MARKS_MAX = 3
const PILED_MARKS = new RegExp(String.raw`\p{M}{${NAME_MARKS_MAX + 1},}`, 'u')
/**
 * In a text, one letter of Tibetan, Burmese or Tai Tham may have eight marks, and a Hebrew one with vowels and accents five; of the marks
 * that are for every script, spoken languages and phonetics put four on a letter at most.
 */
const TEXT_MARKS_MAX = 8
const TEXT_ANY_SCRIPTS_MARKS_MAX = 4
/** The blocks of Combining Diacritical Marks: the first, Extended, Supplement, for Symbols, and Half Marks. */
const ANY_SCRIPTS_MARK = /[\u0300-\u036f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe20-\ufe2f]/u
/** What stays on the letter before it: marks, and what isn't seen between them. */
const ON_ONE_LETTER = /[\p{M}\p{Default_Ignorable_Code_Point}]+/gu
const MARK = /\p{M}/u
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?`
const PICTURES = String.raw`${PICTURE}(?:\u200d${PICTURE})*|[0-9#*]\ufe0f?\u20e3`
const EMOJI = new RegExp(String.raw`^(?:\p{Regional_Indicator}{2}|${PICTURES})$`, 'u')
const EMOJI_INSIDE = new RegExp(PICTURES, 'gu')

/**
 * The text to store: well-formed, line breaks as \n, no control characters, no piles of marks, no blank end. @throws ChatError
 * text-empty, text-too-long
 */
export function cleanText(raw: string): string {
  const clean = raw.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '').trimEnd()
  const text = withFewMarks(clean, TEXT_MARKS_MAX, TEXT_ANY_SCRIPTS_MARKS_MAX)
  if (isBlank(text)) throw new ChatError('text-empty')
  if (codePoints(text) > TEXT_MAX_CODE_POINTS || Buffer.byteLength(text) > TEXT_MAX_BYTES)
    throw new ChatError('text-too-long')
  return text
}

/** A name to sign in with: one form (NFKC) for what looks alike, nothing unseen in it. @throws ChatError name-bad */
export function cleanName(raw: string): string {
  const name = onOneLine(raw.normalize('NFKC'))
  if (!usable(name) || hasUnseen(name) || PILED_MARKS.test(name)) throw new ChatError('name-bad')
  return name
}

/** The name a guest claims, or null when it is unusable. Unchanged where possible, because the client compares it with its own. */
export function claimedName(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw.length > NAME_MAX_CODE_POINTS * 2) return null
  const name = withFewMarks(onOneLine(raw), NAME_MARKS_MAX, NAME_MARKS_MAX)
  return usable(name) && !hasUnseen(name.replaceAll(JOINER, '')) ? name : null
}

/** A room's title. @throws ChatError name-bad */
export function cleanTitle(raw: string): string {
  const title = cleanName(raw)
  if (codePoints(title) > ROOM_TITLE_MAX_CODE_POINTS) throw new ChatError('name-bad')
  return title
}

/** A room's topic, one line; '' for none. @throws ChatError text-too-long */
export function cleanTopic(raw: string): string {
  const topic = withFewMarks(onOneLine(raw), TEXT_MARKS_MAX, TEXT_ANY_SCRIPTS_MARKS_MAX)
  if (codePoints(topic) > ROOM_TOPIC_MAX_CODE_POINTS) throw new ChatError('text-too-long')
  return isBlank(topic) ? '' : topic
}

/** What a moderator or somebody who reports gives as a reason, one line; may be empty. @throws ChatError text-too-long */
export function cleanReason(raw: string): string {
  const reason = withFewMarks(onOneLine(raw), TEXT_MARKS_MAX, TEXT_ANY_SCRIPTS_MARKS_MAX)
  if (codePoints(reason) > REASON_MAX_CODE_POINTS) throw new ChatError('text-too-long')
  return reason
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

/**
 * The id for a new room of that title beside these rooms: with a number where a room of another title has it, as "C++" after "C#". One
 * that looks the same has the id already, and the store refuses the new one, or finds that it is the same.
 */
export function freeRoomId(title: string, titleOf: (id: string) => string | undefined): string {
  const base = roomIdFor(title)
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base.slice(0, ROOM_ID_BASE_MAX)}-${number}`
    const other = titleOf(id)
    if (other === undefined || looksLike(other, title)) return id
  }
}

export function isEmoji(raw: string): boolean {
  return EMOJI.test(raw)
}

/** Leaves out the marks on a letter beyond so many, and beyond so many of those that are for every script. */
function withFewMarks(text: string, max: number, anyScriptsMax: number): string {
  return text.replace(ON_ONE_LETTER, (marks) => {
    if (marks.length <= Math.min(max, anyScriptsMax)) return marks
    let [all, anyScripts] = [0, 0]
    return Array.from(marks)
      .filter((mark) => {
        if (!MARK.test(mark) || IGNORABLE.test(mark)) return true
        if (ANY_SCRIPTS_MARK.test(mark) && ++anyScripts > anyScriptsMax) return false
        return ++all <= max
      })
      .join('')
  })
}

const codePoints = (text: string) => Array.from(text).length
/** Joiners and variation selectors belong between the parts of an emoji, nowhere else. */
const hasUnseen = (name: string) => UNSEEN.test(name.replace(EMOJI_INSIDE, ''))
const usable = (name: string) => name !== '' && codePoints(name) <= NAME_MAX_CODE_POINTS && SOMETHING_TO_SEE.test(name)
