// Makes the data in web/emoji/ from Unicode's own names (CLDR) and emojibase's order, skin tones and shortcodes. These packages are 200 MB, so
// their essence is in the repository. After a new release of Unicode, or for another language, in an empty folder:
// npm install emojibase-data cldr-annotations-full cldr-annotations-derived-full && node <here>/infra/dev/emoji-data.ts .
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { languagesOf } from '../build/languages.ts'

const WEB = resolve(import.meta.dirname, '../../web')
/** Newer ones are still missing in many fonts. */
const EMOJI_VERSION_MAX = 15.1
const TONES = ['🏻', '🏼', '🏽', '🏾', '🏿']
/** Parts that only make others: skin tones, hair. */
const COMPONENT_GROUP = 2
const KEYWORDS_MAX = 12

interface Emoji {
  emoji: string
  hexcode: string
  group?: number
  order?: number
  version: number
  skins?: { emoji: string; tone: number | number[] }[]
}
type Names = Record<string, { default?: string[]; tts?: string[] }>

const load = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'))
const all = (load('emojibase-data/en/data.json') as Emoji[])
  .filter(({ group, version }) => group !== undefined && group !== COMPONENT_GROUP && version <= EMOJI_VERSION_MAX)
  .toSorted((a, b) => a.order! - b.order!)
const shortcodes = ['github', 'emojibase'].map(
  (set) => load(`emojibase-data/en/shortcodes/${set}.json`) as Record<string, string | string[]>
)

/** Whether each tone stands after the first sign: then the page needs no list of them. */
const hasTones = ({ emoji, skins = [] }: Emoji) =>
  TONES.every((tone, place) => skins.some((skin) => skin.tone === place + 1 && skin.emoji === toned(emoji, tone)))
const toned = (emoji: string, tone: string) => emoji.replace(/^(.)\uFE0F?/u, `$1${tone}`)

/** As keyboards write it: what is a picture by itself needs no sign that asks for one. */
const usual = (emoji: string) => {
  const bare = emoji.replaceAll('\uFE0F', '')
  return /^\p{RGI_Emoji}$/v.test(bare) ? bare : emoji
}

const groups = Map.groupBy(all, ({ group }) => group)
const lines = [...groups.values()].map((group) =>
  group
    .map((one) => {
      const codes = new Set(shortcodes.flatMap((set) => set[one.hexcode] ?? []))
      return [usual(one.emoji), hasTones(one) ? 'tones' : '', ...codes].join(' ')
    })
    .join('\n')
)
await writeFile(join(WEB, 'emoji/list.json'), `${JSON.stringify(lines.join('\n\n'))}\n`)

for (const language of await languagesOf(WEB)) {
  const { annotations } = load(`cldr-annotations-full/annotations/${language}/annotations.json`) as {
    annotations: { annotations: Names }
  }
  const { annotationsDerived } = load(
    `cldr-annotations-derived-full/annotationsDerived/${language}/annotations.json`
  ) as { annotationsDerived: { annotations: Names } }
  const names = new Map(Object.entries({ ...annotationsDerived.annotations, ...annotations.annotations }))
  const text = all.map(({ emoji }) => {
    const { default: keywords = [], tts: [label = emoji] = [] } = names.get(emoji.replaceAll('\uFE0F', '')) ?? {}
    return [label, ...keywords.filter((keyword) => !label.includes(keyword)).slice(0, KEYWORDS_MAX)].join('|')
  })
  await writeFile(join(WEB, `emoji/names/${language}.json`), `${JSON.stringify(text.join('\n'))}\n`)
}
