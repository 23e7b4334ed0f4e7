import { expect, test } from 'vitest'
import { createProxies } from './proxies.ts'

const CLIENT = '203.0.113.9'

/** The client's address when a proxy at `peer` sends these headers, or when all of them come from `peer` itself. */
const addressOf = (
  trustedProxies: string[],
  peer: string | undefined,
  headers: Record<string, string>,
  isOnFly = false
) =>
  createProxies({ trustedProxies, isOnFly, publicOrigin: null }).addressOf({ headers, socket: { remoteAddress: peer } })
const forwarded = (list: string) => ({ 'x-forwarded-for': list, 'fly-client-ip': '198.51.100.1' })

test('without trusted proxies the address is the peer of the socket, whatever the headers', () => {
  expect(addressOf([], '::ffff:192.0.2.1', forwarded(CLIENT))).toBe('192.0.2.1')
  expect(addressOf([], undefined, forwarded(CLIENT))).toBe('unknown')
  expect(addressOf(['10.0.0.7'], '10.0.0.8', forwarded(CLIENT))).toBe('10.0.0.8')
})

test('a peer in a private network that names clients and is not trusted is reported, others are not', () => {
  const ignored: string[] = []
  const settings = { trustedProxies: ['10.0.0.7'], isOnFly: false, publicOrigin: null }
  const { addressOf } = createProxies(settings, (peer) => ignored.push(peer))
  for (const remoteAddress of ['10.0.0.8', '10.0.0.7', '192.0.2.1', undefined])
    addressOf({ headers: forwarded(CLIENT), socket: { remoteAddress } })
  addressOf({ headers: {}, socket: { remoteAddress: '10.0.0.9' } })
  expect(ignored).toEqual(['10.0.0.8'])
})

test.each([
  ['one client', CLIENT, CLIENT],
  ['a client that forges the header', `1.2.3.4, ${CLIENT}`, CLIENT],
  ['a chain of trusted proxies', `1.2.3.4, ${CLIENT}, 10.0.0.9,10.0.0.8`, CLIENT],
  ['trusted proxies only', '10.0.0.9, 10.0.0.8', '10.0.0.9'],
  ['an IPv6 client', '2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
  ['addresses with ports', `1.2.3.4, ${CLIENT}:4711, 10.0.0.8:80`, CLIENT],
  ['an IPv6 address with a port', '[2001:db8:1:2:3::4]:443', '2001:db8:1:2::/64'],
  ['an IPv6 address in brackets', '[2001:db8:1:2:3::4]', '2001:db8:1:2::/64'],
  ['a mapped address', `1.2.3.4, ::ffff:${CLIENT}, ::ffff:10.0.0.8`, CLIENT],
  ['no address', 'unknown', '10.0.0.7'],
  ['text behind a trusted proxy', `${CLIENT}, _hidden, 10.0.0.8`, '10.0.0.8'],
  ['an empty entry', `${CLIENT},`, '10.0.0.7'],
  ['an empty header', '', '10.0.0.7'],
  ['an address that is too long', `${CLIENT}.1`, '10.0.0.7']
])('behind a trusted proxy: %s', (_, list, address) => {
  expect(addressOf(['10.0.0.0/24'], '::ffff:10.0.0.7', forwarded(list))).toBe(address)
})

test('a trusted proxy without the header is the client', () => {
  expect(addressOf(['10.0.0.7'], '10.0.0.7', {})).toBe('10.0.0.7')
})

test.each(['127.0.0.1', '::1', '10.1.2.3', '172.31.0.1', '192.168.9.9', 'fd00::1', 'fe80::1%eth0', '::ffff:10.1.2.3'])(
  '`private` includes %s',
  (peer) => expect(addressOf(['private'], peer, forwarded(CLIENT))).toBe(CLIENT)
)

test.each(['172.32.0.1', '192.0.2.1', '2001:db8::1', '11.0.0.1'])('`private` does not include %s', (peer) =>
  expect(addressOf(['private'], peer, forwarded(CLIENT))).not.toBe(CLIENT)
)

test('on Fly every peer is Fly’s proxy, which names the client in its own header', () => {
  expect(addressOf([], '172.16.0.1', { 'fly-client-ip': CLIENT, 'x-forwarded-for': '1.2.3.4' }, true)).toBe(CLIENT)
  expect(addressOf([], '172.16.0.1', { 'x-forwarded-for': '1.2.3.4' }, true)).toBe('172.16.0.1')
  for (const bad of ['', 'somebody', `1.2.3.4, ${CLIENT}, x`])
    expect(addressOf([], '172.16.0.1', { 'fly-client-ip': bad }, true)).toBe('172.16.0.1')
})

test('a request uses TLS by PUBLIC_ORIGIN, or when a trusted proxy says so', () => {
  const isHttps = (publicOrigin: string | null, peer: string, protocol?: string) =>
    createProxies({ trustedProxies: ['10.0.0.7'], isOnFly: false, publicOrigin }).isHttps({
      headers: { 'x-forwarded-proto': protocol },
      socket: { remoteAddress: peer }
    })
  expect(isHttps('https://chat.example.org', '192.0.2.1')).toBe(true)
  expect(isHttps(null, '10.0.0.7', 'https')).toBe(true)
  expect(isHttps(null, '10.0.0.7', 'https, http')).toBe(true)
  expect(isHttps(null, '192.0.2.1', 'https')).toBe(false)
  expect(isHttps(null, '10.0.0.7', 'http, https')).toBe(false)
  expect(isHttps('http://chat.example.org', '10.0.0.7')).toBe(false)
})
