// Which formatting a message may have, as rules of markdown-it: lists, quotes, fenced code; bold, italic, strikethrough, code, links
// with text, spoilers, addresses. Everything else is shown as it was typed, spaces and line breaks included.
import MarkdownIt, { type Ruler, type StateBlock, type StateInline } from 'markdown-it'
import { addressAt, webAddress } from '../state/links.ts'

/** Of what the library would take for a block, only this. `>_<`, a lone `-` and `2026. A good year` are text. */
const BLOCKS = { fence: /```[\w+#.-]*[ \t]*$/my, blockquote: />+[ \t]+\S/y, list: /(?:[-*]|\d{1,3}\.)[ \t]+\S/y }
/** Where a rule may apply; what is before it is text. */
const SPECIAL = /[\\`*_~|[\]]|https?:\/\//gi
/** A backslash before one of these makes it text. */
const ESCAPE = /\\[`*_~|[\]>.-]/y
/** What would be an escape or emphasis and hardly ever is meant so: `¯\_(ツ)_/¯` and `2*3*4`. */
const LITERAL = /(?<=¯)\\_|(?<=\d)\*+(?=\d)/y
/** Beyond this depth of quotes and lists, their signs are text. The library would leave out what is deeper than 20. */
const BLOCK_DEPTH_MAX = 10
const SPOILER = '||'

export const parser = new MarkdownIt('zero')
parser.validateLink = (address) => webAddress(address) !== null
parser.normalizeLink = (address) => address

const { ruler: blocks } = parser.block
for (const [name, pattern] of Object.entries(BLOCKS)) only(blocks, name, pattern)
blocks.push('lines', paragraph)
// A quote ends with its last `>`: the next line is the answer.
blocks.push('quote-end', (_state, _line, _end, silent) => silent, { alt: ['blockquote'] })
blocks.enableOnly([...Object.keys(BLOCKS), 'lines', 'quote-end'])

const { ruler: inlines } = parser.inline
inlines.before('backticks', 'plain', text)
inlines.before('backticks', 'literal', escape)
inlines.push('spoiler', spoiler)
inlines.push('address', address)
inlines.enableOnly(['plain', 'literal', 'backticks', 'strikethrough', 'emphasis', 'link', 'spoiler', 'address'])
parser.inline.ruler2.enableOnly(['balance_pairs', 'strikethrough', 'emphasis', 'fragments_join'])

/** Applies a rule of the library only where its line begins like this. */
function only(ruler: Ruler<[StateBlock, number, number, boolean], boolean>, name: string, pattern: RegExp): void {
  ruler.enableOnly([name])
  const [rule] = ruler.getRules('')
  ruler.at(
    name,
    (state, line, ...rest) =>
      state.level < BLOCK_DEPTH_MAX &&
      matchAt(pattern, state.src, state.bMarks[line]! + state.tShift[line]!) !== undefined &&
      rule!(state, line, ...rest),
    { alt: ['paragraph', 'blockquote', 'list'].filter((other) => other !== name) }
  )
}

/** Lines up to the next block, with their spaces and the empty lines between them. */
function paragraph(state: StateBlock, start: number, end: number): boolean {
  const rules = state.md.block.ruler.getRules('paragraph')
  const { parentType } = state
  let last = start + 1
  for (let line = last; line < end; line++) {
    if (state.isEmpty(line)) continue
    state.parentType = line === last ? 'paragraph' : parentType
    if (state.sCount[line]! < state.blkIndent || rules.some((rule) => rule(state, line, end, true))) break
    last = line + 1
  }
  state.parentType = parentType
  state.line = last
  state.push('paragraph_open', 'p', 1)
  const inline = state.push('inline', '', 0)
  inline.content = state.getLines(start, last, state.blkIndent, false).trimEnd()
  inline.children = []
  state.push('paragraph_close', 'p', -1)
  return true
}

function text(state: StateInline, silent: boolean): boolean {
  SPECIAL.lastIndex = state.pos
  const end = Math.min(SPECIAL.exec(state.src)?.index ?? Infinity, state.posMax)
  return end > state.pos && take(state, silent, state.src.slice(state.pos, end))
}

function escape(state: StateInline, silent: boolean): boolean {
  const literal = matchAt(LITERAL, state.src, state.pos)
  if (literal !== undefined) return take(state, silent, literal)
  const escaped = matchAt(ESCAPE, state.src, state.pos)
  return escaped !== undefined && take(state, silent, escaped.slice(1), escaped.length)
}

/** `||text||`, without spaces at its ends: `a || b || c` is none. */
function spoiler(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state
  const start = pos + SPOILER.length
  if (!src.startsWith(SPOILER, pos) || /^\s?$/.test(src.charAt(start))) return false
  const end = src.indexOf(SPOILER, start + 1)
  if (end < 0 || end + SPOILER.length > posMax || src.charAt(end - 1).trim() === '') return false
  if (!silent) {
    state.push('spoiler_open', 'spoiler', 1)
    Object.assign(state, { pos: start, posMax: end })
    state.md.inline.tokenize(state)
    state.push('spoiler_close', 'spoiler', -1)
  }
  Object.assign(state, { pos: end + SPOILER.length, posMax })
  return true
}

function address(state: StateInline, silent: boolean): boolean {
  const found = addressAt(state.src, state.pos, state.posMax)
  if (!found) return false
  if (state.linkLevel > 0 || found.href === null) return take(state, silent, found.text)
  if (!silent) {
    state.push('link_open', 'a', 1).attrs = [['href', found.href]]
    state.push('text', '', 0).content = found.shown
    state.push('link_close', 'a', -1)
  }
  state.pos += found.text.length
  return true
}

function take(state: StateInline, silent: boolean, shown: string, length = shown.length): true {
  if (!silent) state.pending += shown
  state.pos += length
  return true
}

function matchAt(pattern: RegExp, text: string, place: number): string | undefined {
  pattern.lastIndex = place
  return pattern.exec(text)?.[0]
}
