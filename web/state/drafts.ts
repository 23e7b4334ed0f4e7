// What is begun and not sent: by room a text and the message it answers, by message an edit. It stays in this browser under the
// person's name until it is sent or the person signs out. Under the id it would be lost then: the next sign-in gives another.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { isBlank } from '../../src/contract.ts'
import { browserRecords, openRecords, tabRecords, type BrowserRecords } from '../engine/records.ts'
import { isNumber, isOneOf, isText, reader } from '../engine/shape.ts'
import { cut } from './text-limits.ts'

const readDraft = reader(
  {
    v: isOneOf(1),
    /** The box it was typed in: `ofRoom` or `ofEdit`. */
    id: isText,
    text: isText,
    /** Milliseconds since 1970 on this device. */
    at: isNumber
  },
  {
    /** The id of the message it answers. */
    replyTo: isText
  }
)
export type Draft = NonNullable<ReturnType<typeof readDraft>>

/** While a text is typed, it is stored this often, and when the page is hidden or closed. */
export const STORED_EVERY_MS = 500
/** The page is shown without drafts when reading them takes longer; they follow. */
const SHOWN_WITHIN_MS = 300

export const ofRoom = (room: string) => `room/${room}`
export const ofEdit = (message: string) => `edit/${message}`

export type DraftStore = Pick<BrowserRecords<Draft>, 'put' | 'remove' | 'forget' | 'load'>

/** The drafts of a name, in the browser's database; without one in `storage`. */
export const storeDrafts = (name: string, storage: Storage, factory?: IDBFactory): DraftStore =>
  browserRecords(
    openRecords(factory, { database: 'taifas-drafts', store: 'drafts', read: readDraft }, name),
    tabRecords(`taifas:drafts:${name}`, readDraft, storage)
  )

/** The drafts of the build before, which had them by person and room in the tab's own storage. They are taken from there. */
export function takeEarlierDrafts(person: string, storage: Storage): [room: string, text: string][] {
  const prefix = `taifas:draft:${person}:`
  const keys = Array.from(storage, (_, place) => storage.key(place) ?? '').filter((key) => key.startsWith(prefix))
  return keys.map((key) => {
    const text = storage.getItem(key) ?? ''
    storage.removeItem(key)
    return [key.slice(prefix.length), cut(text)]
  })
}

export type Drafts = ReturnType<typeof openDrafts>

export function openDrafts(name: string, open: (name: string) => DraftStore) {
  const boxes = new Map<string, Signal<Draft | null>>()
  const unstored = new Set<string>()
  /** The box that has the focus and in which this page has typed since: no other page may change it. */
  let typing: string | null = null
  /** What other pages wrote into that box meanwhile. */
  const fromOthers = new Map<string, Draft>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let owner = name
  let closed = false
  let store = open(name)
  let channel = listen(name)

  function box(id: string): Signal<Draft | null> {
    const known = boxes.get(id)
    if (known) return known
    // Each message that is shown looks for an edit of it.
    const made = signal<Draft | null>(null, {
      unwatched() {
        if (!made.peek()) boxes.delete(id)
      }
    })
    boxes.set(id, made)
    return made
  }

  function listen(to: string) {
    const opened = new BroadcastChannel(`taifas:drafts:${to}`)
    opened.addEventListener('message', ({ data }: MessageEvent<{ id: string; draft: unknown }>) =>
      arrived(data.id, readDraft(data.draft))
    )
    return opened
  }

  function arrived(id: string, draft: Draft | null) {
    fromOthers.delete(id)
    if (typing === id && draft) fromOthers.set(id, draft)
    // It was sent or given up there, but goes on here.
    else if (typing === id) put(id, box(id).peek())
    else {
      box(id).value = draft
      if (!draft) store.forget(id)
    }
  }

  async function load() {
    for (const draft of await store.load())
      if (typing === draft.id || draft.at > (box(draft.id).peek()?.at ?? 0)) arrived(draft.id, draft)
  }

  function put(id: string, draft: Draft | null) {
    box(id).value = draft
    unstored.add(id)
    timer ??= setTimeout(flush, STORED_EVERY_MS)
  }

  function flush() {
    clearTimeout(timer)
    timer = undefined
    for (const id of unstored) {
      const draft = box(id).peek()
      if (draft) store.put(draft)
      else store.remove(id)
      if (!closed) channel.postMessage({ id, draft })
    }
    unstored.clear()
  }

  /** Sent, saved or given up. What other pages wrote into the box meanwhile is shown. */
  function drop(id: string) {
    if (typing === id) typing = null
    put(id, fromOthers.get(id) ?? null)
    fromOthers.delete(id)
    flush()
  }

  return {
    /** Resolves once they are read, or when the page should no longer wait for them. */
    ready: Promise.race([load(), new Promise((resolve) => setTimeout(resolve, SHOWN_WITHIN_MS))]),

    /** The content of a box; null: the person has changed nothing in it. */
    of: (id: string): ReadonlySignal<Draft | null> => box(id),

    set(id: string, draft: Pick<Draft, 'text' | 'replyTo'>) {
      put(id, { v: 1, id, ...draft, at: Date.now() })
    },

    /** The person types in this box. */
    typed(id: string) {
      typing = id
    },

    /** The box has lost the focus: the newest text wins. */
    left(id: string) {
      if (typing === id) typing = null
      const other = fromOthers.get(id)
      if (other && other.at > (box(id).peek()?.at ?? 0)) arrived(id, other)
    },

    drop,
    flush,

    /** Whether there is a text that signing out would lose. */
    any: () => [...boxes].some(([id, { value }]) => value && (id.startsWith(ofEdit('')) || !isBlank(value.text))),

    /** The drafts follow a person to a new name. */
    rename(next: string) {
      if (next === owner) return
      owner = next
      flush()
      const before = store
      channel.close()
      store = open(next)
      channel = listen(next)
      for (const [id, { value }] of boxes) {
        if (!value) continue
        before.remove(id)
        put(id, value)
      }
      flush()
      void load()
    },

    /** The person signs out, and keeps nothing. */
    forget() {
      fromOthers.clear()
      for (const [id, { value }] of boxes) if (value) drop(id)
    },

    close() {
      flush()
      closed = true
      channel.close()
    }
  }
}
