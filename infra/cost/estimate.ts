// A month of a chat: measured operations times how often they happen, times published prices. Where the use leaves a choice it takes
// the expensive one: everyone is in one room, and online during all hours in which anyone is.
import * as measured from './measured.ts'
import type { Load, Operation } from './measured.ts'
import { dataOutDollars, GB, machineDollars, plans, type Region } from './prices.ts'

const { operations, hourly, clientBytes, clientHourly, leaseBytes, storedBytes } = measured
const DAYS = 30
export const assumed = { typingSeconds: 8, visitsPerDay: 2, idleChangesPerHour: 2, overheadBytes: 60 }
/** Typing events per message: the beginning and the repeats. The message is the end. */
const TYPING_EVENTS = Math.ceil(assumed.typingSeconds / measured.TYPING_REPEAT_SECONDS)
const TYPING_SENT = Math.ceil(TYPING_EVENTS / Math.ceil(measured.TYPING_FAR_SECONDS / measured.TYPING_REPEAT_SECONDS))

/** Options with whole numbers: [default, minimum, maximum, meaning]. */
export const NUMBERS = {
  'machines-per-region': [1, 1, 100, ''],
  memory: [512, 256, 131_072, 'MB, as in fly.toml'],
  'read-regions': [0, 0, 20, 'of the Redis, besides its primary region'],
  people: [500, 0, 1_000_000, 'online at the same time'],
  hours: [8, 0, 24, 'per day in which they are online'],
  messages: [100_000, 0, 1_000_000_000, 'per month'],
  changes: [5_000, 0, 1_000_000_000, 'edits, reactions and removals per month'],
  rooms: [5, 0, 100_000, 'with a full history'],
  'history-limit': [10_000, 100, 1_000_000, 'messages stored per room, as HISTORY_LIMIT']
} as const
export type Use = Record<keyof typeof NUMBERS, number> & { regions: readonly Region[]; vm: string }

/** A part of what happens in a month, and the bytes it sends to clients. */
export type Row = readonly [name: string, load: Load, toClients: number]
export type Month = ReturnType<typeof monthOf>

const scale = ([reads, writes, up, down]: Load, by: number): Load => [reads * by, writes * by, up * by, down * by]
const add = (...loads: Load[]): Load => loads.reduce((a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]])
/** How often an hour something times out that would do so `max` times, when it is interrupted so often an hour, at random. */
const timeouts = (max: number, interrupted: number) =>
  interrupted > 0 ? interrupted / Math.expm1(interrupted / max) : max
/** A write is billed once for the primary region and once for each read region. */
export const billed = ([reads, writes]: Load, readRegions: number) => reads + writes * (1 + readRegions)

/** @throws RangeError for a machine that Fly does not have */
export function estimate(use: Use): { rows: Row[]; idle: Month; busy: Month } {
  const rows = rowsOf(use)
  return { rows, idle: monthOf(use, rows.slice(0, 1)), busy: monthOf(use, rows) }
}

export const instancesOf = (use: Use) => use.regions.length * use['machines-per-region']

function rowsOf(use: Use): Row[] {
  const { people, hours, messages, changes } = use
  const instances = instancesOf(use)
  const onlineHours = hours * DAYS
  const visits = people * assumed.visitsPerDay * DAYS
  // Of a person who reads in one place: when that ends, and once in a day.
  const positions = hours === 24 ? people * DAYS : 0
  const typing = messages * TYPING_EVENTS
  const typingSent = messages * TYPING_SENT
  const times = (count: number, { once, each }: Operation) => scale(add(once, scale(each, instances)), count)
  const anHour = (inMonth: number) => (onlineHours > 0 ? inMonth / onlineHours : 0)
  // Each write of a lease puts off its next renewal, and each message ends a blocking read.
  const renewals = timeouts(hourly.leaseRenewal, anHour(2 * visits) / instances)
  const written = anHour(messages + changes)
  /** Part of the messages that follow others so soon, at random, that they are pushed. */
  const soon = -Math.expm1((-written * measured.READERS_AWAY_SECONDS) / 3_600)
  const idleReads = timeouts(hourly.idleRead, written)
  const perHour = (of: keyof typeof hourly, often: number = hourly[of]) => times(instances * often, operations[of])
  const toEach = (bytes: number) => people * (bytes + assumed.overheadBytes)
  const changed = leaseBytes.change + (leaseBytes.known * people) / instances
  /** What has changed in a lease travels to the store, and from there to every other instance. */
  const inLeases = (changes: number): Load => [0, 0, changes * changed, changes * changed * (instances - 1)]
  const online = add(
    perHour('leaseRenewal', renewals),
    [0, 0, renewals * leaseBytes.known * people * (instances - 1), 0],
    inLeases(people * assumed.idleChangesPerHour),
    times(hourly.leasesEnd, operations.leasesEnd),
    perHour('headCheck'),
    times(instances * written * Math.exp(-written / 60), operations.trim),
    perHour('idleRead', idleReads - hourly.idleRead)
  )
  // Each person uses one device.
  const firstUses = times(people * DAYS, operations.firstUse)
  const usesPerDay = Math.max(0, Math.ceil(hours / measured.DEVICE_USE_HOURS) - 1)
  const uses = times(people * DAYS * usesPerDay, operations.deviceUse)
  const pings = clientHourly.ping * toEach(clientBytes.ping) + clientHourly.distance * toEach(clientBytes.distance)
  const joinBytes = clientBytes.join + Math.min(people, leaseBytes.namedMax) * clientBytes.named
  const joins = add(times(visits, operations.join), times(visits, operations.leave), inLeases(2 * visits))
  return [
    ['instances, idle', scale(perHour('idleRead'), DAYS * 24), 0],
    ['people online', add(scale(online, onlineHours), uses, firstUses), onlineHours * pings],
    ['people read', add(times(positions, operations.readPosition), times(visits, operations.readLast)), 0],
    ['people join and leave', joins, visits * (joinBytes + 2 * toEach(clientBytes.presence))],
    [
      'messages',
      add(times(messages, operations.message), times(messages * soon, operations.messageSoon)),
      messages * toEach(clientBytes.message)
    ],
    ['edits, reactions, removals', times(changes, operations.change), changes * toEach(clientBytes.message)],
    ['typing', times(typingSent, operations.typing), typing * toEach(clientBytes.typing)]
  ]
}

function monthOf(use: Use, rows: readonly Row[]) {
  const load = add(...rows.map(([, part]) => part))
  const [, , up, down] = load
  const toClients = rows.reduce((sum, [, , bytes]) => sum + bytes, 0)
  const readRegions = use['read-regions']
  const commands = billed(load, readRegions)
  const records = (use.messages * storedBytes.recordDays) / DAYS
  const stored = use.rooms * use['history-limit'] * storedBytes.message + records * storedBytes.record
  const asked = { commands, moved: (up + down) / GB, stored: stored / GB, readRegions }
  const machines = use.regions.map((region) => use['machines-per-region'] * machineDollars(use.vm, use.memory, region))
  return {
    commands,
    moved: up + down,
    toClients,
    machines: machines.reduce((sum, dollars) => sum + dollars),
    dataOut: dataOutDollars(toClients + up, use.regions),
    /** The price of each kind, null where it is too small. */
    redis: Object.entries(plans).map(([kind, dollars]) => [kind, dollars(asked)] as const)
  }
}
