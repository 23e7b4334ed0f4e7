// "Every message once, in one order, on every screen", as checks over what clients wrote down. Each check returns its
// complaints as sentences: none, and the history is as promised. None of them can be satisfied by an empty history alone:
// give `lost` what was acknowledged.

/** A message as it came onto a client's screen, in the order in which it came. */
export interface Shown {
  client: string
  room: string
  epoch: string
  seq: number
  id: string
  text: string
  /** Which screen of this client it is on: a fresh start wipes the screen and begins the next. 0 when left out. */
  screen?: number
}

/** What somebody has tried to say, whatever came of it; in the order of trying, a retry left out. */
export interface Payload {
  client: string
  room: string
  id: string
  text: string
}

/** What somebody was told is kept. */
export interface Acknowledged {
  client: string
  room: string
  seq: number
  id: string
}

/** Nothing acknowledged is lost: every one of these clients has shown it, at the acknowledged place. */
export function lost(acknowledged: Acknowledged[], history: Shown[], clients = clientsIn(history)): string[] {
  const complaints: string[] = []
  for (const client of clients) {
    const shown = new Map<string, Set<number>>()
    for (const one of history) {
      if (one.client !== client) continue
      const key = `${one.room} ${one.id}`
      shown.set(key, (shown.get(key) ?? new Set()).add(one.seq))
    }
    for (const { room, id, seq } of acknowledged) {
      const places = shown.get(`${room} ${id}`)
      if (!places) complaints.push(`${client} never showed ${id}, acknowledged at ${seq} of ${room}`)
      else if (!places.has(seq))
        complaints.push(`${client} showed ${id} at ${[...places].join(', ')} of ${room}, acknowledged was ${seq}`)
    }
  }
  return complaints
}

/** Nothing is on a screen twice, neither a message nor a number; and nothing acknowledged has two numbers. */
export function repeated(history: Shown[], acknowledged: Acknowledged[] = []): string[] {
  const complaints: string[] = []
  for (const [screen, shown] of groups(history, screenOf)) {
    for (const id of twice(shown.map(({ id }) => id))) complaints.push(`${screen} shows the message ${id} twice`)
    for (const seq of twice(shown.map(({ seq }) => seq))) complaints.push(`${screen} shows the number ${seq} twice`)
  }
  for (const [message, told] of groups(acknowledged, ({ room, id }) => `${room} ${id}`)) {
    const numbers = new Set(told.map(({ seq }) => seq))
    if (numbers.size > 1)
      complaints.push(`${message} was acknowledged with several numbers: ${[...numbers].join(', ')}`)
  }
  return complaints
}

/** Nobody hears what nobody said: each message with its text, in its room. */
export function phantoms(history: Shown[], said: Payload[]): string[] {
  const texts = new Map(said.map(({ room, id, text }) => [`${room} ${id}`, text]))
  return history.flatMap(({ client, room, id, text }) => {
    const meant = texts.get(`${room} ${id}`)
    if (meant === undefined) return [`${client} heard ${id} in ${room}, which nobody said`]
    return meant === text ? [] : [`${client} heard ${id} as "${text}", said was "${meant}"`]
  })
}

/**
 * One order: all lists fit into a single one. Takes lists of whatever names a message (an id, or its text where the words
 * have no id), one for each screen, of any vocabulary; a list may lack messages, as that of one who came later does.
 */
export function disagreements(orders: ReadonlyMap<string, readonly string[]>): string[] {
  const after = new Map<string, Set<string>>()
  for (const order of orders.values())
    order.forEach((name, n) => {
      const next = order[n + 1]
      const following = after.get(name) ?? new Set<string>()
      if (next !== undefined) following.add(next)
      after.set(name, following)
    })
  // Takes away what nothing comes before, until nothing is left or each of the rest waits for another: a circle.
  const before = new Map([...after.keys()].map((name) => [name, 0]))
  for (const following of after.values()) for (const name of following) before.set(name, (before.get(name) ?? 0) + 1)
  const free = [...before].filter(([, count]) => count === 0).map(([name]) => name)
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    for (const next of after.get(name) ?? []) {
      const count = (before.get(next) ?? 0) - 1
      before.set(next, count)
      if (count === 0) free.push(next)
    }
    before.delete(name)
  }
  if (before.size === 0) return []
  const circle = [...before.keys()]
  const involved = [...orders].filter(([, order]) => order.some((name) => before.has(name))).map(([screen]) => screen)
  return [`no one order holds ${circle.slice(0, 10).join(', ')} as shown by ${involved.join(', ')}`]
}

/** How many different orders there are among lists of the same messages. */
export function distinctOrders(orders: Iterable<readonly string[]>): number {
  return new Set([...orders].map((order) => JSON.stringify(order))).size
}

/** The ids of each screen as shown, for `disagreements`. */
export function ordersOf(history: Shown[]): Map<string, string[]> {
  return new Map([...groups(history, screenOf)].map(([screen, shown]) => [screen, shown.map(({ id }) => id)]))
}

/** Whoever spoke is heard in the order of speaking, on every screen. */
export function outOfTurn(history: Shown[], said: Payload[]): string[] {
  const turns = new Map<string, { client: string; n: number }>()
  for (const [, theirs] of groups(said, ({ client, room }) => `${client} ${room}`))
    theirs.forEach(({ client, room, id }, n) => turns.set(`${room} ${id}`, { client, n }))
  const complaints: string[] = []
  for (const [screen, shown] of groups(history, screenOf)) {
    const latest = new Map<string, number>()
    for (const { room, id } of shown) {
      const turn = turns.get(`${room} ${id}`)
      if (!turn) continue
      const heard = latest.get(turn.client) ?? -1
      if (turn.n < heard) complaints.push(`${screen} shows ${id} of ${turn.client} after what was said later`)
      latest.set(turn.client, Math.max(heard, turn.n))
    }
  }
  return complaints
}

/** No number is left out on a screen that says it is up to date, and none comes before an earlier one. */
export function holes(history: Shown[]): string[] {
  return [...groups(history, screenOf)].flatMap(([screen, shown]) =>
    shown.flatMap(({ seq }, n) => {
      const last = shown[n - 1]?.seq
      return last === undefined || seq === last + 1 ? [] : [`${screen} shows ${seq} right after ${last}`]
    })
  )
}

/**
 * No mixture of two lives of a log: a place in an epoch is one message for everybody, and no client goes back to an epoch it
 * has left.
 */
export function mixtures(history: Shown[]): string[] {
  const complaints: string[] = []
  for (const [place, shown] of groups(history, ({ room, epoch, seq }) => `${room} ${epoch}/${seq}`)) {
    const ids = new Set(shown.map(({ id }) => id))
    if (ids.size > 1) complaints.push(`${place} is several messages: ${[...ids].join(', ')}`)
  }
  for (const [place, shown] of groups(history, ({ client, room }) => `${client} in ${room}`)) {
    const epochs = shown.map(({ epoch }) => epoch).filter((epoch, n, all) => epoch !== all[n - 1])
    for (const epoch of twice(epochs)) complaints.push(`${place} went back to the epoch ${epoch}`)
  }
  return complaints
}

const screenOf = ({ client, room, epoch, screen = 0 }: Shown) => `${client} in ${room} (${epoch}, screen ${screen})`
const clientsIn = (history: Shown[]) => [...new Set(history.map(({ client }) => client))]

function groups<T>(all: T[], key: (one: T) => string): Map<string, T[]> {
  return Map.groupBy(all, key)
}

/** What is there more than once. */
function twice<T>(all: T[]): T[] {
  const seen = new Set<T>()
  const again = new Set<T>()
  for (const one of all) (seen.has(one) ? again : seen).add(one)
  return [...again]
}
