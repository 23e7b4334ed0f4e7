import { describe, expect, test } from 'vitest'
import { addressOf, cookieToken, createOrigins } from './origins.ts'

const laptop = createOrigins({ publicOrigin: null, allowed: 'loopback' })
const online = createOrigins({ publicOrigin: 'https://chat.example.org', allowed: ['https://course.example.org'] })
const closed = createOrigins({ publicOrigin: 'https://chat.example.org', allowed: [] })

test('without Origin it is a program, everywhere', () => {
  for (const origins of [laptop, online, closed]) expect(origins.standing({ host: 'localhost:3000' })).toBe('program')
})

describe('on a laptop', () => {
  const standing = (origin: string, host: string | undefined = 'localhost:3000') => laptop.standing({ origin, host })

  test('the page of the same host is ours', () => {
    expect(standing('http://localhost:3000')).toBe('own')
    expect(standing('http://192.168.0.7:3000', '192.168.0.7:3000')).toBe('own')
    expect(standing('https://chat.example.org', 'Chat.Example.org')).toBe('own')
  })

  test.each([
    'http://localhost:5500',
    'http://127.0.0.1:5173',
    'http://127.9.9.9',
    'http://[::1]:8080',
    'https://app.localhost'
  ])('%s is a guest', (origin) => {
    expect(standing(origin)).toBe('guest')
  })

  test.each([
    'null',
    '',
    'file://',
    'https://evil.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://evil-localhost',
    'http://localhost:3000/',
    'http://localhost:3000@evil.example',
    'http://evil.example#localhost',
    'http://localhost:5500, http://localhost:3000',
    'http://127.1',
    'chrome-extension://localhost',
    'javascript:localhost',
    '*'
  ])('%j is refused', (origin) => {
    expect(standing(origin)).toBe('refused')
  })
})

describe('online', () => {
  test.each([
    ['https://chat.example.org', 'own'],
    ['https://course.example.org', 'guest'],
    ['http://chat.example.org', 'refused'],
    ['https://chat.example.org:8443', 'refused'],
    ['https://evil.example', 'refused'],
    ['https://sub.chat.example.org', 'refused'],
    ['http://course.example.org', 'refused'],
    ['http://localhost:5500', 'refused'],
    ['null', 'refused']
  ])('%s is %s', (origin, standing) => {
    expect(online.standing({ origin, host: 'chat.example.org' })).toBe(standing)
  })

  test('the Host header decides nothing when the public origin is known', () => {
    expect(online.standing({ origin: 'https://evil.example', host: 'evil.example' })).toBe('refused')
    expect(online.standing({ origin: 'https://chat.example.org', host: '10.0.0.1:3000' })).toBe('own')
  })

  test('nobody else is let in where no origin is allowed', () => {
    expect(closed.standing({ origin: 'http://localhost:5500', host: 'localhost:3000' })).toBe('refused')
    expect(closed.standing({ origin: 'https://chat.example.org', host: 'x' })).toBe('own')
  })
})

describe('the address that limits count by', () => {
  test('is the one of the wire, whatever the headers say', () => {
    const headers = { 'fly-client-ip': '203.0.113.9', 'x-forwarded-for': '203.0.113.8' }
    expect(addressOf(headers, '192.0.2.1', false)).toBe('192.0.2.1')
  })

  test('is the one that the proxy of Fly names, behind it', () => {
    expect(addressOf({ 'fly-client-ip': '203.0.113.9' }, '172.16.0.1', true)).toBe('203.0.113.9')
    expect(addressOf({ 'x-forwarded-for': '203.0.113.8' }, '172.16.0.1', true)).toBe('172.16.0.1')
    expect(addressOf({ 'fly-client-ip': '' }, '172.16.0.1', true)).toBe('172.16.0.1')
    expect(addressOf({ 'fly-client-ip': ['203.0.113.9', '203.0.113.8'] }, '172.16.0.1', true)).toBe('172.16.0.1')
  })

  test('is one for all whose wire has none', () => {
    expect(addressOf({}, undefined, true)).toBe('unknown')
  })
})

test('the session cookie is found under both of its names, the guarded one first', () => {
  expect(cookieToken('taifas=one')).toBe('one')
  expect(cookieToken('other=x; __Host-taifas=two; taifas=one')).toBe('two')
  for (const none of [undefined, '', 'xtaifas=one', 'taifas', ';;;=']) expect(cookieToken(none)).toBeUndefined()
})
