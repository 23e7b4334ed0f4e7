// The outbox that all tabs of one person share. The database is the truth; a channel tells the other tabs; one tab at a time sends.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */
import { newId } from '../../../src/contract.ts'
import { isOurs, readItem, type OutboxItem } from './item.ts'
import type { Records } from './records.ts'
import type { Change, OutboxStore } from './store.ts'
import { askForTurn, type Locks } from './leader.ts'

type Told = Change['what'] | 'kept'

/** A database that takes longer hangs: what is on the screen is sent without it. */
const PATIENCE_MS = 2_000

export function sharedOutboxStore(person: string, records: Records, locks: Locks): OutboxStore {
  const name = `taifas:outbox:${person}`
  const channel = new BroadcastChannel(name)
  /** Speaks to the one above, which doesn't hear itself. */
  const echo = new BroadcastChannel(name)
  /** Said by the person, and not known to be in the database: told by a tab that may have closed since, or refused by it. */
  const unkept = new Map<string, OutboxItem>()
  let listener: (change: Change) => void = () => {}
  /** By mark, who waits to hear it. */
  const marks = new Map<string, () => void>()
  let closed = false

  channel.addEventListener('message', ({ data }: MessageEvent<{ what: Told; item: unknown } | string>) => {
    if (typeof data === 'string') {
      marks.get(data)?.()
      marks.delete(data)
      return
    }
    const { what } = data
    const item = readItem(data.item)
    if (!item) return
    if (what === 'added' || (what === 'changed' && unkept.has(item.id))) unkept.set(item.id, item)
    else if (what !== 'changed') unkept.delete(item.id)
    if (what !== 'kept') listener({ what, item })
  })

  function tell(what: Told, item: OutboxItem) {
    if (!closed) channel.postMessage({ what, item })
  }

  /** Resolves when all that others had told before has been heard. */
  const listened = () =>
    new Promise<void>((done) => {
      const mark = newId()
      marks.set(mark, done)
      echo.postMessage(mark)
    })

  async function load() {
    await soon(listened())
    const kept = await soon(records.all())
    for (const { id } of kept) unkept.delete(id)
    return [...kept, ...unkept.values()].toSorted((one, other) => one.at - other.at)
  }

  return {
    load,

    save(_, { what, item }) {
      const { slow: _slow, ...plain } = item
      const { id } = item
      if (what === 'added') {
        records.put(plain).then(
          () => tell('kept', plain),
          () => unkept.set(id, plain)
        )
      } else if (what === 'changed') {
        if (unkept.has(id)) unkept.set(id, plain)
        quietly(records.change(id, (kept) => kept && plain))
      } else {
        unkept.delete(id)
        quietly(records.remove(id))
      }
      // What stands in the log each tab finds in its own.
      if (what !== 'settled') tell(what, plain)
    },

    async claim(item) {
      if (unkept.has(item.id)) unkept.set(item.id, item)
      try {
        const claimed = await soon(records.change(item.id, (kept) => (kept || unkept.has(item.id) ? item : null)))
        if (!claimed) return false
      } catch {
        // Sent without the database.
      }
      tell('changed', item)
      return true
    },

    async withdraw(item) {
      try {
        const left = await soon(records.change(item.id, (kept) => (kept && isOurs(kept) ? null : kept)))
        if (left) return false
      } catch {
        if (!isOurs(item)) return false
      }
      unkept.delete(item.id)
      return true
    },

    hold(held, lost) {
      const begin = () => void load().then(held, () => held(null))
      return askForTurn(name, locks, begin, lost)
    },
    onChange: (hear) => (listener = hear),
    close() {
      closed = true
      channel.close()
      echo.close()
    }
  }
}

/** What the database can't keep is still on the screen, and still being sent. */
const quietly = (work: Promise<unknown>) => void work.catch(() => {})

/** @throws when it takes too long */
export function soon<T>(work: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error('too slow')), PATIENCE_MS)
    work.then(done, failed).finally(() => clearTimeout(timer))
  })
}
