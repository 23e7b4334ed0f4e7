// All emoji with their names in the page's language and in English, and how they are found. Loaded when somebody looks for one.
import list from './list.json'
import type { Toned } from './tone.ts'

export { toned } from './tone.ts'

export interface Emoji extends Toned {
  /** In the page's language. */
  name: string
  /** What is written between colons for it; the first is the usual one. */
  codes: readonly string[]
  /** Folded: names and keywords, each after a bar. */
  found: string
}

const loaded = new Map<string, Promise<EmojiSet>>()

/** @throws Error when they cannot be loaded */
export function loadEmoji(language: string): Promise<EmojiSet> {
  const known = loaded.get(language)
  if (known) return known
  const loading = Promise.all([namesIn(language), namesIn('en')]).then(([own, english]) =>
    emojiSet(own ?? english!, english!)
  )
  loaded.set(language, loading)
  loading.catch(() => loaded.delete(language))
  return loading
}

async function namesIn(language: string): Promise<string | null> {
  // A language may have no names of its own.
  const file = (await import(`./names/${language}.json`).catch(() => null)) as { default: string } | null
  return file?.default ?? null
}

export type EmojiSet = ReturnType<typeof emojiSet>

function emojiSet(own: string, english: string) {
  const ownNames = own.split('\n')
  const englishNames = english.split('\n')
  let place = 0
  const groups = list.split('\n\n').map((group) =>
    group.split('\n').map((line): Emoji => {
      const [sign = '', tones, ...codes] = line.split(' ')
      const [names = '', also = ''] = [ownNames[place], englishNames[place]]
      place += 1
      const found = fold(`|${names}|${own === english ? '' : also}|${codes.join('|').replaceAll('_', ' ')}`)
      return { sign, name: names.split('|')[0] ?? '', codes, hasTones: tones === 'tones', found }
    })
  )
  const all = groups.flat()
  const bySign = new Map(all.map((emoji) => [bare(emoji.sign), emoji]))
  const byCode = new Map(all.flatMap((emoji) => emoji.codes.map((code) => [code, emoji])))
  return {
    groups,
    /** The emoji of exactly this code. */
    ofCode: (code: string) => byCode.get(code),
    /** What this is, in any skin tone. */
    ofSign: (sign: string) => bySign.get(bare(sign)),
    /** Those with all of these, best first. */
    search(text: string, atMost = Infinity): Emoji[] {
      const wanted = fold(text.replaceAll('_', ' ')).trim()
      const parts = wanted.split(/\s+/)
      const ranked = Array.from({ length: RANKS }, (): Emoji[] => [])
      for (const emoji of all)
        if (parts.every((part) => emoji.found.includes(part))) ranked[rank(emoji.found, wanted)]!.push(emoji)
      return ranked.flat().slice(0, atMost)
    }
  }
}

const RANKS = 4

/** A whole name or keyword, the beginning of one, the beginning of something in one, anything. */
function rank(found: string, wanted: string): number {
  if (`${found}|`.includes(`|${wanted}|`)) return 0
  if (found.includes(`|${wanted}`)) return 1
  return found.includes(` ${wanted}`) ? 2 : 3
}

const bare = (sign: string) => sign.replace(/\p{Emoji_Modifier}|\uFE0F/gu, '')

/** Without case and without marks, which many leave out while searching. */
const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ł', 'l')
