// "Every message once, in one order, on every screen", as checks of what clients recorded. Each check returns the violations that it
// finds, as sentences. An empty history satisfies all of them but `lost`, which knows what was acknowledged.

/** A message on a client's screen. Lists of them are in the order in which the messages appeared. */
export interface Shown {
  client: string
  room: string
  epoch: string
  seq: number
  id: string
  text: string
  /** The number of the screen: each fresh start clears the screen and begins another. 0 when left out. */
  screen?: number
}

/** A message that a client tried to send, with whatever outcome. Lists of them are in the order of the first attempts. */
export interface Sent {
  client: string
  room: string
  id: string
  text: string
}

/** An acknowledgement that a client received. */
export interface Acknowledged {
  client: string
  room: string
  seq: number
  id: string
}

/** Nothing acknowledged is lost: each of these clients has shown it, with the acknowledged number. */
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

/** No message and no number is on a screen twice, and no message was acknowledged with two numbers. */
export function repeated(history: Shown[], acknowledged: Acknowledged[] = []): string[] {
  const complaints: string[] = []
  for (const [screen, shown] of groups(history, screenOf)) {
    for (const id of twice(shown.map(({ id }) => id))) complaints.push(`${screen} shows the message ${id} twice`)
    for (const seq of twice(shown.map(({ seq }) => seq))) complaints.push(`${screen} shows the number ${seq} twice`)
  }
  for (const [message, receipts] of groups(acknowledged, ({ room, id }) => `${room} ${id}`)) {
    const numbers = new Set(receipts.map(({ seq }) => seq))
    if (numbers.size > 1)
      complaints.push(`${message} was acknowledged with several numbers: ${[...numbers].join(', ')}`)
  }
  return complaints
}

/** Every shown message was sent, with this text, in this room. */
export function phantoms(history: Shown[], sent: Sent[]): string[] {
  const texts = new Map(sent.map(({ room, id, text }) => [`${room} ${id}`, text]))
  return history.flatMap(({ client, room, id, text }) => {
    const meant = texts.get(`${room} ${id}`)
    if (meant === undefined) return [`${client} showed ${id} in ${room}, which nobody sent`]
    return meant === text ? [] : [`${client} showed ${id} as "${text}", sent was "${meant}"`]
  })
}

/**
 * One order: a single list can hold all of these lists in their orders. Each list is a screen's, of any protocol, and names messages
 * by their ids, or by their texts where the protocol has no ids. A list may lack messages, such as those before a late join.
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
  // Removes messages that nothing precedes, until none is left. Any that remain precede each other in a cycle.
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
  const cycle = [...before.keys()]
  const involved = [...orders].filter(([, order]) => order.some((name) => before.has(name))).map(([screen]) => screen)
  return [`no one order holds ${cycle.slice(0, 10).join(', ')} as shown by ${involved.join(', ')}`]
}

/** The ids of each screen as shown, for `disagreements`. */
export function ordersOf(history: Shown[]): Map<string, string[]> {
  return new Map([...groups(history, screenOf)].map(([screen, shown]) => [screen, shown.map(({ id }) => id)]))
}

/** Every screen shows the messages of one client in the order in which that client sent them. */
export function outOfTurn(history: Shown[], sent: Sent[]): string[] {
  const turns = new Map<string, { client: string; n: number }>()
  for (const [, theirs] of groups(sent, ({ client, room }) => `${client} ${room}`))
    theirs.forEach(({ client, room, id }, n) => turns.set(`${room} ${id}`, { client, n }))
  const complaints: string[] = []
  for (const [screen, shown] of groups(history, screenOf)) {
    const latest = new Map<string, number>()
    for (const { room, id } of shown) {
      const turn = turns.get(`${room} ${id}`)
      if (!turn) continue
      const shownTurn = latest.get(turn.client) ?? -1
      if (turn.n < shownTurn) complaints.push(`${screen} shows ${id} of ${turn.client} after what was sent later`)
      latest.set(turn.client, Math.max(shownTurn, turn.n))
    }
  }
  return complaints
}

/** An up-to-date screen shows every number, in ascending order. */
export function holes(history: Shown[]): string[] {
  return [...groups(history, screenOf)].flatMap(([screen, shown]) =>
    shown.flatMap(({ seq }, n) => {
      const last = shown[n - 1]?.seq
      return last === undefined || seq === last + 1 ? [] : [`${screen} shows ${seq} right after ${last}`]
    })
  )
}

/**
 * Epochs do not mix: a number of an epoch is the same message for all clients, and no client returns to an epoch that it has left.
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

/** The elements that occur more than once. */
function twice<T>(all: T[]): T[] {
  const seen = new Set<T>()
  const again = new Set<T>()
  for (const one of all) (seen.has(one) ? again : seen).add(one)
  return [...again]
}
