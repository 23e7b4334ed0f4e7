// What the proxies in front may say about a request: the client's address, and whether the client uses TLS.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { networkOf } from './client-address.ts'

/** The item of TRUSTED_PROXIES for loopback and private networks. */
const PRIVATE = 'private'
const PRIVATE_NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10'
]
/** More than any chain of proxies writes. A client may have sent the beginning, of any length. */
const LIST_MAX_CHARACTERS = 1_000
const PREFIX_MAX = { ipv4: 32, ipv6: 128 }
/** Entries with a port, which some proxies write. */
const WITH_PORT = /^(?:\[([\da-f:.]+)\](?::\d+)?|([\d.]+):\d+)$/i

/** The parts of a request that name its client. */
type ClientRequest = Pick<IncomingMessage, 'headers'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> }

export interface Proxies {
  /** Whether the peer of a socket is a trusted proxy: its headers count, and it opens sockets for many people. */
  includes(peer: string | undefined): boolean
  /**
   * The address that limits count by: the socket's peer, or the rightmost address in X-Forwarded-For that is no trusted proxy. When a
   * trusted proxy names no valid address, its own counts.
   */
  addressOf(request: ClientRequest): string
  /** True when the browser uses TLS. */
  isHttps(request: ClientRequest): boolean
}

/** Whether this is an item of TRUSTED_PROXIES: an address, a network that is not the whole internet, or `private`. */
export const isProxyItem = (item: string): boolean => item === PRIVATE || readNetwork(item) !== null

/**
 * @param settings.isOnFly every peer is Fly's proxy, which names the client in a header of its own
 * @param onIgnored a peer in a private network, probably a proxy of the operator, names clients and is not trusted
 */
export function createProxies(
  settings: { trustedProxies: readonly string[]; isOnFly: boolean; publicOrigin: string | null },
  onIgnored: (peer: string) => void = () => {}
): Proxies {
  const { trustedProxies, isOnFly, publicOrigin } = settings
  const isTrusted = memberOf(trustedProxies)
  const isPrivate = memberOf([PRIVATE])
  const includes = (peer: string | undefined) => isOnFly || isTrusted(peer)

  /** Each trusted proxy appends its peer, so only the part to the right of the first other address is reliable. */
  function named({ headers, socket: { remoteAddress: peer } }: ClientRequest): string | undefined {
    if (!includes(peer)) {
      if (peer !== undefined && headers['x-forwarded-for'] !== undefined && isPrivate(peer)) onIgnored(peer)
      return peer
    }
    const list = String(headers[isOnFly ? 'fly-client-ip' : 'x-forwarded-for'] ?? '').slice(-LIST_MAX_CHARACTERS)
    let client = peer
    for (const entry of list.split(',').toReversed()) {
      const address = readAddress(entry.trim())
      if (address === null) break
      client = address
      if (isOnFly || !includes(address)) break
    }
    return client
  }

  return {
    includes,
    addressOf: (request) => networkOf(named(request) ?? 'unknown'),
    isHttps({ headers, socket }) {
      const [protocol = ''] = String(headers['x-forwarded-proto'] ?? '').split(',')
      return (
        publicOrigin?.startsWith('https:') === true || (includes(socket.remoteAddress) && protocol.trim() === 'https')
      )
    }
  }
}

/** Whether an address is in one of these networks. They are read when it is first asked: Node takes a while to read IPv6. */
function memberOf(items: readonly string[]): (address: string | undefined) => boolean {
  let list: BlockList | null = null
  return (address) =>
    address !== undefined &&
    items.length > 0 &&
    (list ??= listOf(items)).check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

function listOf(items: readonly string[]): BlockList {
  const list = new BlockList()
  for (const item of items.flatMap((item) => (item === PRIVATE ? PRIVATE_NETWORKS : [item]))) {
    const network = readNetwork(item)
    if (network) list.addSubnet(network.address, network.prefix, network.family)
  }
  return list
}

function readNetwork(item: string) {
  const [address = '', bits] = item.split('/')
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const prefix = bits === undefined ? PREFIX_MAX[family] : Number(bits)
  const isNetwork = isIP(address) !== 0 && /^\d+$/.test(bits ?? '1') && prefix >= 1 && prefix <= PREFIX_MAX[family]
  return isNetwork && item.split('/').length <= 2 ? ({ address, prefix, family } as const) : null
}

function readAddress(entry: string): string | null {
  const [, six, four] = WITH_PORT.exec(entry) ?? []
  const address = six ?? four ?? entry
  return isIP(address) ? address : null
}
