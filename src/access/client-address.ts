// The key that every limit per address counts by.
import { isIPv4, isIPv6 } from 'node:net'

/** Providers give one customer a whole /64, and the customer may use all of its addresses. */
const NETWORK_GROUPS = 4
const GROUPS = 8
/** How a socket that listens to both families names an IPv4 address. */
const MAPPED = '::ffff:'
/** `::ffff:192.0.2.1` as URL.parse writes it. */
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/
/** Networks that were parsed lately: one join asks about ten times, and each parse takes some microseconds. */
const REMEMBERED_MAX = 5_000
const remembered = new Map<string, string>()

/**
 * An IPv4 address as it is, an IPv6 address as its /64 network, an IPv4-mapped IPv6 address as IPv4. Other text is returned unchanged.
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address
  const mapped = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : ''
  if (isIPv4(mapped)) return mapped
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return address
  const known = remembered.get(bare)
  if (known !== undefined) return known
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  const network = readNetwork(bare)
  remembered.set(bare, network)
  return network
}

function readNetwork(bare: string): string {
  const canonical = URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1) ?? bare
  const mapped = MAPPED_IPV4.exec(canonical)
  if (mapped) return mapped.slice(1).flatMap(bytesOfGroup).join('.')
  const [head = '', rest] = canonical.split('::')
  const before = groupsOf(head)
  const after = groupsOf(rest ?? '')
  const zeros = rest === undefined ? 0 : GROUPS - before.length - after.length
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

const groupsOf = (part: string) => (part === '' ? [] : part.split(':'))
const bytesOfGroup = (group: string) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]
