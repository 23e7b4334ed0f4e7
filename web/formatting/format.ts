// The text of a message as a tree of what is shown. Only a message on the screen is formatted: everywhere else its text is plain.
import type { Token } from 'markdown-it'
import { webAddress } from '../state/links.ts'
import { parser } from './parser.ts'

/** What the rules of the parser make, and nothing else. */
export type Tag =
  | ('p' | 'ul' | 'ol' | 'li' | 'blockquote' | 'pre')
  | ('code' | 'em' | 'strong' | 's' | 'a' | 'spoiler' | 'emoji' | 'mention')
export interface Element {
  tag: Tag
  children: Part[]
  /** Of a link. */
  href?: string
  /** Of a link whose text can be taken for another address: the host it leads to. */
  host?: string
  /** Of a mention: the person's id. */
  person?: string
  /** Of an item in a numbered list: its number as it was typed. */
  value?: number
  /** Of a block of code: its language as it was typed. */
  language?: string
}
export type Part = string | Element

const LARGE_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,3}$/v
/** A dot between characters, or the start of a scheme, in any of the forms in which they are read as such. */
const LIKE_AN_ADDRESS = /[^\s.。][.。․][^\s.。]|:\/\//u
const UNSEEN = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu
const FENCE = '```'

/** The blocks of a text. A text without formatting is one paragraph that holds it as it was typed. */
export function format(text: string): Element[] {
  if (LARGE_EMOJI.test(text)) return [{ tag: 'p', children: [{ tag: 'emoji', children: [text] }] }]
  return build(parser.parse(text, {})) as Element[]
}

/** What can be read in these parts. */
export const plain = (parts: readonly Part[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : plain(part.children))).join('')

function build(tokens: readonly Token[]): Part[] {
  const root: Part[] = []
  const open: Element[] = []
  for (const token of tokens) {
    const into = open.at(-1)?.children ?? root
    if (token.nesting > 0) {
      const element = opened(token)
      into.push(element)
      open.push(element)
    } else if (token.nesting < 0) {
      const closed = open.pop()
      if (closed?.tag === 'a') sayHost(closed)
    } else into.push(...leaf(token))
  }
  return root
}

function opened(token: Token): Element {
  const element: Element = { tag: token.tag as Tag, children: [] }
  if (element.tag === 'a') element.href = String(token.attrGet('href') ?? '')
  if (element.tag === 'li' && token.info !== '') element.value = Number(token.info)
  return element
}

function leaf(token: Token): Part[] {
  switch (token.type) {
    case 'inline':
      return build(token.children ?? [])
    case 'code_inline':
      return [{ tag: 'code', children: [token.content] }]
    case 'fence':
      return [fence(token)]
    default:
      return token.content === '' ? [] : [token.content]
  }
}

/** A block of code that holds nothing is text. One may be closed at the end of its last line. */
function fence({ content, info, markup }: Token): Element {
  const code = content.trimEnd().endsWith(FENCE)
    ? content.trimEnd().slice(0, -FENCE.length)
    : content.replace(/\n$/, '')
  const language = info.trim()
  if (code.trim() === '') return { tag: 'p', children: [markup + info] }
  return { tag: 'pre', children: [code], ...(language !== '' && { language }) }
}

/** A link whose text can be taken for another address gives the host that it leads to. */
function sayHost(link: Element): void {
  const url = webAddress(link.href ?? '')
  if (!url) {
    // Of `[text]()` there is nothing to follow.
    link.children = ['[', ...link.children, ']()']
    delete link.href
    return
  }
  link.href = url.href
  const text = plain(link.children).normalize('NFKC').replace(UNSEEN, '').trim()
  if (!LIKE_AN_ADDRESS.test(text)) return
  const shown = URL.parse(/^https?:/i.test(text) ? text : `https://${text}`)
  if (shown?.host !== url.host) link.host = url.host
}
