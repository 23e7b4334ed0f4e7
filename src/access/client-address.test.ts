import { describe, expect, test } from 'vitest'
import { addressOf, networkOf } from './client-address.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['unknown', 'unknown']
])('%s counts as %s', (address, key) => {
  expect(networkOf(address)).toBe(key)
})

describe('the address for rate limits', () => {
  test('is the peer of the socket, whatever the headers', () => {
    const headers = { 'fly-client-ip': '203.0.113.9', 'x-forwarded-for': '203.0.113.8' }
    expect(addressOf(headers, '::ffff:192.0.2.1', false)).toBe('192.0.2.1')
  })

  test('is the one that Fly’s proxy names, behind that proxy', () => {
    expect(addressOf({ 'fly-client-ip': '203.0.113.9' }, '172.16.0.1', true)).toBe('203.0.113.9')
    expect(addressOf({ 'fly-client-ip': '2001:db8:1:2:3::4' }, '172.16.0.1', true)).toBe('2001:db8:1:2::/64')
    expect(addressOf({ 'x-forwarded-for': '203.0.113.8' }, '172.16.0.1', true)).toBe('172.16.0.1')
    for (const bad of ['', 'somebody', ['203.0.113.9', '203.0.113.8']])
      expect(addressOf({ 'fly-client-ip': bad }, '172.16.0.1', true)).toBe('172.16.0.1')
  })

  test('is one key for all sockets without a peer', () => {
    expect(addressOf({}, undefined, true)).toBe('unknown')
  })
})
