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
  // All packets are text: 1 KB.
  {
    file: /\/socket\.io-parser\/build\/esm\/(is-)?binary\.js$/,
    contents: 'export const isBinary = () => false, hasBinary = isBinary, deconstructPacket = 0, reconstructPacket = 0'
  },
  {
    file: /\/engine\.io-parser\/build\/esm\/encodePacket\.browser\.js$/,
    contents: `import { PACKET_TYPES } from './commons.js'
      export const encodePacket = ({ type, data }, _, callback) => callback(PACKET_TYPES[type] + (data || ''))\n export const encodePacketToBinary = 0`
  },
  {
    file: /\/engine\.io-parser\/build\/esm\/decodePacket\.browser\.js$/,
    contents: `import { ERROR_PACKET, PACKET_TYPES_REVERSE } from './commons.js'
      export const decodePacket = (packet) => {
        const type = typeof packet === 'string' && PACKET_TYPES_REVERSE[packet.charAt(0)]
        return type ? { type, data: packet.slice(1) || undefined } : ERROR_PACKET
      }`
  },
  // The connection is ours: it decides when to try again.
  { file: /\/contrib\/backo2\.js$/, contents: 'export class Backoff { reset() {} }' },
  // It never changes its transport, repeats nothing by itself, and nobody listens to all events: 1 KB.
  { file: /\/engine\.io-client\/build\/esm\/socket\.js$/, contents: (code) => withoutMethods(code, '_probe') },
  {
    file: /\/socket\.io-client\/build\/esm\/manager\.js$/,
    contents: (code) => withoutMethods(code, 'maybeReconnectOnOpen reconnect onreconnect')
  },
  {
    file: /\/socket\.io-client\/build\/esm\/socket\.js$/,
    contents: (code) =>
      withoutMethods(
        code,
        `_addToQueue _drainQueue send compress timeout onAny prependAny offAny listenersAny
        onAnyOutgoing prependAnyOutgoing offAnyOutgoing listenersAnyOutgoing notifyOutgoingListeners`
      )
  },
  { file: /\/valibot\/dist\/index\.mjs$/, contents: (code) => withRegions(code, VALIBOT) },
  // Of Markdown no HTML entities, no addresses without a scheme, no addresses that we have not checked: 21 KB.
  { file: /\/entities\/dist\/index\.js$/, contents: 'export const decodeHTMLStrict = (text) => text' },
  { file: /\/linkify-it\/build\/index\.mjs$/, contents: 'export class LinkifyIt {}' },
  { file: /\/mdurl\/index\.mjs$/, contents: 'export {}' },
  { file: /\/punycode\.js\/punycode\.es6\.js$/, contents: 'export default {}' },
  // What browsers know.
  { file: /\/uc\.micro\/build\/index\.mjs$/, contents: 'export const P = /\\p{P}/u, S = /\\p{S}/u' },
  { file: /\/markdown-it\/dist\/markdown-it\.mjs$/, contents: (code) => withoutRules(parserOnly(code)) }
]

/** Empties methods of a class, which are called but have nothing to do here. */
const withoutMethods = (code: string, names: string): string =>
  names.split(/\s+/).reduce((left, name) => {
    const without = left.replace(new RegExp(String.raw`(\n {4}${name}\(.*\) \{)\n(?: {8}.*\n)*? {4}\}`), '$1}')
    if (without === left) throw new Error(`There is no method ${name} any more, see unused-in-page.ts.`)
    return without
  }, code)

/** By region of markdown-it, what stands in its place: a parser that has no presets and writes no HTML. 4 KB. */
const MARKDOWN = {
  'src/renderer.ts': '',
  'src/common/html_blocks.ts': '',
  'src/common/html_re.ts': '',
  'src/rules_block/html_block.ts': '',
  'src/index.ts': 'export default MarkdownIt',
  'src/markdownit.ts': `class MarkdownIt {
    core = new ParserCore()
    block = new ParserBlock()
    inline = new ParserInline()
    helpers = helpers_exports
    options = { maxNesting: 20 }
    parse(src, env) {
      const state = new this.core.State(src, this, env)
      this.core.process(state)
      return state.tokens
    }
  }`
}
/** By region of valibot: nobody reads what is wrong with what this browser stores. */
const VALIBOT = {
  'src/utils/_addIssue/_addIssue.ts': `function _addIssue(context, _label, dataset) {
    if (context.kind === 'schema') dataset.typed = false
    dataset.issues ??= [{}]
  }`,
  'src/utils/_stringify/_stringify.ts': 'const _stringify = () => 0',
  'src/utils/_joinExpects/_joinExpects.ts': 'const _joinExpects = () => 0'
}

function withRegions(code: string, regions: Record<string, string>): string {
  return Object.entries(regions).reduce((left, [name, contents]) => {
    const start = left.indexOf(`//#region ${name}\n`)
    const end = left.indexOf('//#endregion', start)
    if (start < 0 || end < 0) throw new Error(`There is no region ${name} any more, see unused-in-page.ts.`)
    return left.slice(0, start) + contents + left.slice(end)
  }, code)
}

const parserOnly = (code: string) =>
  withRegions(code.replace(/export \{ MarkdownItCallable as default \};?/, ''), MARKDOWN)

/** Rules for what a message cannot have, or that it reads in another way: 5.5 KB. web/formatting/parser.ts names those that it uses. */
const UNUSED_RULES =
  'table code hr reference strip_references text_join html_block heading lheading paragraph linkify replacements smartquotes text newline escape image autolink html_inline entity'

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
