// What the text box does with formatting while somebody writes: it puts signs around a selection and goes on with a list.

/** Replaces the text from `from` to `to`, then selects a part of the new text; `start` and `end` count from the text's beginning. */
export interface Change {
  from: number
  to: number
  insert: string
  start: number
  end: number
}

const SIGNS = new Map(Object.entries({ b: '**', i: '*', e: '`' }))
const FENCE = '```\n'
const ADDRESS = /^https?:\/\/\S+$/i
/** The beginning of a line of a list or a quote, as the parser knows them, and what is in it. */
const ITEM = /^(\s*)(?:([-*]|>)|(\d{1,3})\.)([ \t]+)(.*)$/

/** What a key with Ctrl or ⌘ does to a selection; null: nothing. */
export function wrapped(key: string, text: string, start: number, end: number): Change | null {
  const [from, to] = withoutSpaces(text, start, end)
  const chosen = text.slice(from, to)
  if (key === 'k') return from < to ? link(chosen, from, to) : null
  const sign = SIGNS.get(key)
  if (sign === undefined) return null
  if (key === 'e' && chosen.includes('\n')) return around(chosen, from, to, FENCE, `\n${FENCE.trimEnd()}`)
  const isAround = text.slice(from - sign.length, from) === sign && text.slice(to, to + sign.length) === sign
  // `*` around `**bold**` is not the italic's.
  if (isAround && !(sign === '*' && text[from - 2] === '*' && text[from - 3] !== '*'))
    return {
      from: from - sign.length,
      to: to + sign.length,
      insert: chosen,
      start: from - sign.length,
      end: to - sign.length
    }
  return around(chosen, from, to, sign, sign)
}

/** What a new line does at this place: the next item begins, or an empty item ends the list; null: a line like any other. */
export function continued(text: string, place: number): Change | null {
  const from = text.lastIndexOf('\n', place - 1) + 1
  const [, indent = '', sign, number, space = '', rest = ''] = ITEM.exec(text.slice(from, place)) ?? []
  if (sign === undefined && number === undefined) return null
  if (rest.trim() === '') return { from, to: place, insert: '', start: from, end: from }
  const insert = `\n${indent}${sign ?? `${Number(number) + 1}.`}${space}`
  return { from: place, to: place, insert, start: place + insert.length, end: place + insert.length }
}

/**
 * Does what a key means for the formatting in its text box, as if it were typed, so that it can be undone. Returns whether it means
 * anything.
 */
export function assist(event: KeyboardEvent): boolean {
  const box = event.target as HTMLTextAreaElement
  const { value, selectionStart, selectionEnd } = box
  const change =
    event.key !== 'Enter'
      ? isCommand(event) && wrapped(keyOf(event), value, selectionStart, selectionEnd)
      : selectionStart === selectionEnd && continued(value, selectionStart)
  if (!change) return false
  event.preventDefault()
  event.stopPropagation()
  apply(box, change)
  return true
}

/** Makes a change as if it were typed. */
export function apply(box: HTMLTextAreaElement, { from, to, insert, start, end }: Change): void {
  box.setSelectionRange(from, to)
  // Deprecated, and the only way that keeps what the browser can undo.
  document.execCommand(insert === '' ? 'delete' : 'insertText', false, insert)
  box.setSelectionRange(start, end)
}

/** Puts this at the caret, or in place of the last so many characters before it. */
export function insertAt(box: HTMLTextAreaElement, insert: string, instead = 0): void {
  const from = box.selectionStart - instead
  const end = from + insert.length
  apply(box, { from, to: instead > 0 ? box.selectionStart : box.selectionEnd, insert, start: end, end })
}

/** On a Mac, Ctrl+B and Ctrl+E move the caret. */
const isCommand = ({ ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent) =>
  !shiftKey && !altKey && ctrlKey !== metaKey && metaKey === /^(Mac|iP)/.test(navigator.platform)

/** The Latin key, also where it types another. */
const keyOf = ({ key, code }: KeyboardEvent) => (/^[a-z]$/i.test(key) ? key : code.slice(-1)).toLowerCase()

function link(chosen: string, from: number, to: number): Change {
  // The caret is where the other half is missing.
  const isAddress = ADDRESS.test(chosen)
  const insert = isAddress ? `[](${chosen})` : `[${chosen}]()`
  const place = isAddress ? from + 1 : from + insert.length - 1
  return { from, to, insert, start: place, end: place }
}

function around(chosen: string, from: number, to: number, before: string, after: string): Change {
  return { from, to, insert: before + chosen + after, start: from + before.length, end: to + before.length }
}

/** A selection without the spaces at its ends, which are no part of what is emphasized. */
function withoutSpaces(text: string, start: number, end: number): [number, number] {
  const chosen = text.slice(start, end)
  if (chosen.trim() === '') return [start, end]
  return [end - chosen.trimStart().length, start + chosen.trimEnd().length]
}
