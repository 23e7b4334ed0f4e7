// What happens in a month, and what each of it asks: so many times what was measured. Wherever it isn't known the dearer is taken:
// everybody is in one room, and everybody is here in all the hours in which somebody is.
import { operations, hourly, inLease, sent, toClientHourly, TYPING_SAID_EVERY_SECONDS } from './measured.ts'
import type { Asked, Operation } from './measured.ts'
import type { Region } from './prices.ts'

export const DAYS = 30
const HOURS = DAYS * 24

/** What nobody can measure here. */
export const assumed = {
  /** How long somebody types for one message. */
  typingSeconds: 8,
  /** How often a person comes on a day. */
  visitsADay: 2,
  /** What TLS and TCP add to each word that a client is sent. */
  wrappingBytes: 60
}
/** Words for one message: as often as it is said again, and once that it is over. */
const TYPING_WORDS = Math.ceil(assumed.typingSeconds / TYPING_SAID_EVERY_SECONDS) + 1

/** How a chat is used, and where it runs. */
export interface Use {
  regions: readonly Region[]
  machinesPerRegion: number
  vm: string
  memoryMb: number
  /** Regions of the Redis beside its first. */
  readRegions: number
  /** Here at the same time. */
  people: number
  /** Of a day, in which they are here. */
  hours: number
  /** Said in a month. */
  messages: number
  /** Rooms whose history is full, and how many messages that is. */
  rooms: number
  historyLimit: number
}

/** A part of what happens: what it asks of Redis in a month, and the bytes it sends to people. */
export interface Part {
  what: string
  asked: Asked
  toPeople: number
}

/** Commands as they are billed: one that writes is done in the first region and in each read region. */
export function billed({ reads, writes }: Asked, readRegions: number): number {
  return reads + writes * (1 + readRegions)
}

export const instancesOf = ({ regions, machinesPerRegion }: Use) => regions.length * machinesPerRegion

/** What goes on with nobody. */
export function idleParts(use: Use): Part[] {
  const instances = instancesOf(use)
  const asked = times(operations.listening, instances * HOURS * hourly.listening, instances)
  return [{ what: 'instances listen', asked, toPeople: 0 }]
}

/** What people do, beside that. */
export function peopleParts(use: Use): Part[] {
  const { people, messages } = use
  const instances = instancesOf(use)
  const hours = use.hours * DAYS
  const visits = people * assumed.visitsADay * DAYS
  const toEach = (bytes: number) => people * (bytes + assumed.wrappingBytes)
  const leases = leaseBytes(use)
  const shown = Math.min(people, sent.namedMost) * sent.named
  return [
    {
      what: 'people are here',
      asked: scaled(anHourWithPeople(use), hours),
      toPeople: hours * (toClientHourly.ping * toEach(sent.ping) + toClientHourly.distance * toEach(sent.distance))
    },
    {
      what: 'people come and go',
      asked: add(
        times(operations.coming, visits, instances),
        times(operations.going, visits, instances),
        bytes(2 * visits, leases.own, leases.all)
      ),
      toPeople: visits * (sent.coming + shown + 2 * toEach(sent.change))
    },
    {
      what: 'messages',
      asked: times(operations.message, messages, instances),
      toPeople: messages * toEach(sent.message)
    },
    {
      what: 'typing',
      asked: times(operations.typing, messages * TYPING_WORDS, instances),
      toPeople: messages * TYPING_WORDS * toEach(sent.typing)
    }
  ]
}

/** A message, and the typing before it. */
export function aMessage(use: Use): Asked {
  const instances = instancesOf(use)
  return add(times(operations.message, 1, instances), times(operations.typing, TYPING_WORDS, instances))
}

/** An hour in which somebody is on every instance. */
export function anHourWithPeople(use: Use): Asked {
  const instances = instancesOf(use)
  const leases = leaseBytes(use)
  const anHour = (operation: 'renewal' | 'reading' | 'comparing' | 'revoked' | 'trimming') =>
    times(operations[operation], instances * hourly[operation], instances)
  return add(
    anHour('renewal'),
    anHour('reading'),
    anHour('comparing'),
    anHour('revoked'),
    anHour('trimming'),
    bytes(instances * hourly.renewal, leases.own, leases.all),
    bytes(instances * hourly.reading, 0, leases.all)
  )
}

/** What people add to the lease of an instance, and to those of all. */
function leaseBytes(use: Use) {
  const instances = instancesOf(use)
  const each = use.people / instances
  const named = Math.min(each, inLease.namedMost)
  const own = named * inLease.named + (each - named) * inLease.unnamed
  return { own, all: own * instances }
}

function times({ once, each }: Operation, count: number, instances: number): Asked {
  return scaled(add(once, scaled(each, instances)), count)
}

function scaled({ reads, writes, up, down }: Asked, by: number): Asked {
  return { reads: reads * by, writes: writes * by, up: up * by, down: down * by }
}

function bytes(count: number, up: number, down: number): Asked {
  return { reads: 0, writes: 0, up: count * up, down: count * down }
}

export function add(...all: Asked[]): Asked {
  const sum = (of: keyof Asked) => all.reduce((total, asked) => total + asked[of], 0)
  return { reads: sum('reads'), writes: sum('writes'), up: sum('up'), down: sum('down') }
}
