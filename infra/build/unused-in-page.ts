// Library code that never runs in the page, and is left out of it.
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

/** By file, what stands in its place. */
const unused: readonly { file: RegExp; contents: string | ((code: string) => string) }[] = [
  // Our client never polls: 2 KB.
  {
    file: /engine\.io-client\/build\/esm\/transports\/(polling|polling-xhr|webtransport)\.js$/,
    contents: 'export class Polling {}\nexport class XHR {}\nexport class WT {}\n'
  },
  // Of Markdown no HTML entities, no addresses without a scheme, no addresses that we have not checked: 21 KB.
  { file: /\/entities\/dist\/index\.js$/, contents: 'export const decodeHTMLStrict = (text) => text' },
  { file: /\/linkify-it\/build\/index\.mjs$/, contents: 'export class LinkifyIt {}' },
  { file: /\/mdurl\/index\.mjs$/, contents: 'export {}' },
  { file: /\/punycode\.js\/punycode\.es6\.js$/, contents: 'export default {}' },
  // What browsers know.
  { file: /\/uc\.micro\/build\/index\.mjs$/, contents: 'export const P = /\\p{P}/u, S = /\\p{S}/u' },
  { file: /\/markdown-it\/dist\/markdown-it\.mjs$/, contents: withoutRules }
]

/** Rules for what a message cannot have: 4.5 KB. web/formatting/parser.ts names those that it uses. */
const UNUSED_RULES =
  'table code hr reference html_block heading lheading linkify replacements smartquotes newline image autolink html_inline entity'

function withoutRules(code: string): string {
  return UNUSED_RULES.split(' ').reduce((left, name) => {
    const rule = new RegExp(String.raw`\["${name}", [\w$]+\],?|\[\s*"${name}",\s*[\w$]+,\s*\[[^\]]*\]\s*\],?`, 'g')
    const without = left.replace(rule, '')
    if (without === left) throw new Error(`markdown-it has no rule ${name} any more, see unused-in-page.ts.`)
    return without
  }, code)
}

export const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(build) {
    for (const { file, contents } of unused)
      build.onLoad({ filter: file }, async ({ path }) => ({
        contents: typeof contents === 'string' ? contents : contents(await readFile(path, 'utf8'))
      }))
  }
}
