/**
 * The next beat after a moment, in milliseconds since 1970: a beat comes every so often, all instances' at the same time as far as
 * their clocks agree. What happens once a beat happens once in that time; and where one instance gathers changes up to its beat and
 * those it tells gather up to a later one, each change waits for one beat and not for two.
 */
export function nextBeat(after: number, everyMs: number, offsetMs = 0): number {
  return everyMs === 0 ? after : (Math.floor((after - offsetMs) / everyMs) + 1) * everyMs + offsetMs
}
