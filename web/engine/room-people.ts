// Who is in an open room, and the rows that say who joined and left.
import { signal } from '@preact/signals'
import type { PeopleChanged, Present, RoomPeople } from '../../src/contract.ts'
import { notePeople, type Notice } from './notices.ts'

/** A server that has started again learns within this time who is still here: they return, and do not come in. */
const RETURN_WITHIN_MS = 20_000

export type PeopleChange = Omit<PeopleChanged, 'room'>

export function roomPeople(room: {
  myKey(): string
  /** Seq of the newest message, which a row follows. */
  seq(): number
  /** Whether a request is pending. Its answer may be older or newer than the changes that arrive meanwhile. */
  asking(): boolean
}) {
  const people = signal<RoomPeople | null>(null)
  const notices = signal<readonly Notice[]>([])
  /** Changes that arrived during the request. */
  let changes: PeopleChange[] = []
  /** Names by key of those who were here before the connection was lost. */
  const wereHere = new Map<string, string>()
  let returnUntil = 0
  let connected = false

  const returns = ({ key, name }: Present) => Date.now() <= returnUntil && wereHere.get(key) === name

  return {
    people,
    notices,

    asked() {
      changes = []
    },

    answered(answer: RoomPeople) {
      if (!connected) returnUntil = Date.now() + RETURN_WITHIN_MS
      connected = true
      people.value = changes.reduce(applyLateChange, answer)
    },

    changed(change: PeopleChange) {
      if (room.asking()) changes.push(change)
      const known = people.value
      if (!known) return
      people.value = { ...withChange(known, change), ...change.totals }
      // A change arrives up to a second late, so it may be older than the list that was read on joining.
      const names = new Map(known.people.map(({ key, name }) => [key, name]))
      const complete = known.people.length >= known.count
      const isNews = {
        joined: (person: Present) => names.get(person.key) !== person.name && !returns(person),
        left: ({ key }: Present) => names.has(key) || !complete
      }
      const others = (kind: 'joined' | 'left') =>
        change[kind].filter((person) => person.key !== room.myKey() && isNews[kind](person))
      const at = { after: room.seq(), at: Date.now() }
      notices.value = notePeople(notices.value, 'people.joined', others('joined'), at)
      notices.value = notePeople(notices.value, 'people.left', others('left'), at)
      for (const { key } of change.left) wereHere.delete(key)
    },

    offline() {
      if (Date.now() > returnUntil) wereHere.clear()
      for (const { key, name } of people.value?.people ?? []) wereHere.set(key, name)
      connected = false
    }
  }
}

function withChange(known: RoomPeople, { joined, left, changed = [] }: PeopleChange): RoomPeople {
  const removed = new Set([...left, ...joined].map((person) => person.key))
  const updated = new Map(changed.map((person) => [person.key, person]))
  const stayed = known.people.filter(({ key }) => !removed.has(key)).map((person) => updated.get(person.key) ?? person)
  return { ...known, people: [...stayed, ...joined] }
}

/** For a change that the answer may contain already: then its totals are older than the answer's. */
function applyLateChange(known: RoomPeople, change: PeopleChange): RoomPeople {
  const here = new Set(known.people.map((person) => person.key))
  const isNews = change.joined.some(({ key }) => !here.has(key)) || change.left.some(({ key }) => here.has(key))
  return isNews ? { ...withChange(known, change), ...change.totals } : known
}
