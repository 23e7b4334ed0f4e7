// Words in a name that stand for a role: "Ian (moderator)" looks like somebody who has it.
import { skeletonsOf } from '../names.ts'

/** English, Polish and Romanian, with the forms of both genders, as they are compared: small and without marks. */
const ROLE_WORDS = [
  'admin admins administrator administrators mod mods moderator moderators owner owners staff',
  'adminka administratorka administratorzy administracja moderatorka moderatorzy moderacja wlasciciel wlascicielka',
  'administratoare administratori administratia moderatoare moderatori moderare proprietar proprietara proprietari'
]
const BETWEEN_WORDS = /[^\p{L}\p{N}\p{M}]+|(?<=\p{Ll})(?=\p{Lu})/u
const DIGITS = /\p{N}+/gu
const MARKS = /\p{M}/gu

const fold = (text: string) => skeletonsOf(text).map((form) => form.normalize('NFD').replace(MARKS, ''))
/** Made for the first name: making it would delay a start. */
let reserved: Set<string> | null = null

/** Whether a name is a role, or contains one: with or without marks, look-alikes, digits, or gaps between its characters. */
export function claimsRole(name: string): boolean {
  const forms = (reserved ??= new Set(ROLE_WORDS.flatMap((words) => words.split(' ')).flatMap(fold)))
  const readings = [name, name.replace(DIGITS, ' ')].map((text) => text.split(BETWEEN_WORDS))
  return readings
    .flatMap((words) => [...words, words.join('')])
    .flatMap(fold)
    .some((form) => forms.has(form))
}
