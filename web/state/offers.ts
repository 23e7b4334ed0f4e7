// What a text box offers after `:` and the beginning of an emoji's name, and after `@` and that of a person's. Loads when somebody types
// one of them.
import { folded, isAtLeast, isOpen, type Author, type Person, type Role } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { loadEmoji, toned } from '../emoji/emoji.ts'
import type { Chat } from './chat.ts'
import { fit } from './folded.ts'

/** `:par` before the caret, and `:tada:`. A time as 10:30 and a face as :P are neither. */
const BEGUN = /(?<=^|[\s(]):([\p{L}+-][\p{L}\d_+-]+)$/u
const WHOLE = /(?<=^|[\s(]):([\w+-]+):$/
/** With two spaces at most. */
const MENTION = /(?<=^|[\s(])@((?:[^\s@]+ ){0,2}[^\s@]*)$/u
const OFFERED = 6
const ROOM = 'room'

export interface Offer {
  insert: string
  name: string
  /** An emoji. */
  sign?: string
  code?: string
}

export interface Offers {
  /** What the chosen one replaces. */
  begun: string
  offers: Offer[]
  /** The text says which one: it is taken at once. */
  isSure?: true
}

/** @param before the text before the caret */
export async function offersFor(before: string, chat: Chat, language: string): Promise<Offers | null> {
  const mention = MENTION.exec(before)
  if (mention) {
    const names = await namesFor(chat, mention[1] ?? '')
    return { begun: mention[0], offers: names.map((one) => ({ insert: `@${one}`, name: `@${one}` })) }
  }
  const [begun, wanted] = WHOLE.exec(before) ?? BEGUN.exec(before) ?? []
  if (begun === undefined || wanted === undefined) return null
  const set = await loadEmoji(language)
  const sure = begun.endsWith(':')
  const ofCode = sure ? set.ofCode(wanted) : undefined
  const found = sure ? (ofCode ? [ofCode] : []) : set.search(wanted, OFFERED)
  const offers = found.map((emoji) => {
    const sign = toned(emoji, chat.emoji.tone.value)
    return { insert: sign, name: emoji.name, sign, code: `:${emoji.codes[0]}:` }
  })
  return { begun, offers, ...(sure && { isSure: true }) }
}

/** The people who are here first, then the other people of the room, then everyone by the beginning of their names. */
async function namesFor(chat: Chat, text: string): Promise<string[]> {
  const { rooms, me } = chat
  const room = rooms.room.peek()
  const { id, key, role = me.peek().moderator ? 'moderator' : 'visitor' } = me.peek() as Person & { role?: Role }
  const here = (room?.people.peek()?.people ?? []).filter((one) => !one.guest && one.key !== key)
  const found = fitting(here, text)
  const mayMentionAll = isAtLeast(role, 'moderator') || room?.room.peek().by === id
  if (mayMentionAll && ROOM.startsWith(folded(text))) found.push(ROOM)
  const others = (people: readonly Author[]) => people.filter((one) => one.id !== null && one.id !== id)
  if (room) found.push(...fitting(others(await peopleOf(chat, room)), text))
  if (isOpen(rooms.current.peek()) && new Set(found).size < OFFERED && text !== '') {
    const reply = await chat.ask('people:search', { text })
    if (reply.ok) found.push(...others(reply.value.people).map(({ name }) => name))
  }
  return [...new Set(found)].slice(0, OFFERED)
}

const fitting = (people: readonly { name: string }[], text: string): string[] =>
  people
    .flatMap(({ name }) => {
      const place = fit(name, text)
      return place === null || name === '' ? [] : [{ name, place }]
    })
    .toSorted((a, b) => a.place - b.place)
    .map(({ name }) => name)

/** The members of a private room or direct conversation; of an open room those who have written last. */
async function peopleOf(chat: Chat, { id, room, log }: OpenRoom): Promise<readonly Author[]> {
  const { members } = room.peek()
  if (members) return members
  if (isOpen(id)) {
    const authors = (log.peek()?.messages ?? []).flatMap(({ by }) => (by.id === null ? [] : [{ ...by, id: by.id }]))
    await chat.named(authors.map((by) => by.id))
    return authors.toReversed().map((by) => ({ ...by, name: chat.nameOf(by.id) ?? by.name }))
  }
  const reply = await chat.ask('member:list', { room: id })
  return reply.ok ? reply.value.members : []
}
