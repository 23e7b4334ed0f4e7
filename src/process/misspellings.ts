// Variables of the environment that are probably meant for Taifas, and have no effect.
import { settings } from './settings.ts'

/** In shorter names one character makes another word: PORT and SORT. */
const CHARACTERS_MIN = 7

/** A sentence for each variable whose name is a setting's but for its case, its underscores, one character or two swapped ones. */
export function misspelledSettings(env: Record<string, string | undefined>): string[] {
  return Object.keys(env).flatMap((name) => {
    if (name in settings || !env[name]?.trim()) return []
    const meant = Object.keys(settings).find((setting) => isNearly(charactersOf(name), charactersOf(setting)))
    return meant ? [`${name} is not a setting and has no effect. Did you mean ${meant}?`] : []
  })
}

const charactersOf = (name: string) => name.toUpperCase().replaceAll('_', '')

function isNearly(given: string, meant: string): boolean {
  if (given === meant) return true
  if (meant.length < CHARACTERS_MIN) return false
  const shorter = Math.min(given.length, meant.length)
  let start = 0
  while (start < shorter && given[start] === meant[start]) start += 1
  let end = 0
  while (end < shorter - start && given.at(-1 - end) === meant.at(-1 - end)) end += 1
  const [rest, other] = [given.slice(start, given.length - end), meant.slice(start, meant.length - end)]
  return (rest.length <= 1 && other.length <= 1) || (rest.length === 2 && rest === `${other[1]}${other[0]}`)
}
