import { describe, expect, test } from 'vitest'
import { cookieToken, createOrigins } from './origins.ts'

const laptop = createOrigins({ publicOrigin: null, allowed: 'loopback' })
const online = createOrigins({ publicOrigin: 'https://chat.example.org', allowed: ['https://course.example.org'] })
const closed = createOrigins({ publicOrigin: 'https://chat.example.org', allowed: [] })

test('a request without Origin is a program, in every configuration', () => {
  for (const origins of [laptop, online, closed]) expect(origins.standing({ host: 'localhost:3000' })).toBe('program')
})

describe('on a laptop', () => {
  const standing = (origin: string, host: string | undefined = 'localhost:3000') => laptop.standing({ origin, host })

  test('a page of the same host is our own', () => {
    expect(standing('http://localhost:3000')).toBe('own')
    expect(standing('http://192.168.0.7:3000', '192.168.0.7:3000')).toBe('own')
    expect(standing('http://[::1]:3000', '[::1]:3000')).toBe('own')
    expect(standing('http://Chat.localhost:3000'.toLowerCase(), 'Chat.localhost:3000')).toBe('own')
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

describe('a host name that anybody may point at our address', () => {
  const foreign = [
    'chat.example.org',
    'evil.example:3000',
    'localhost.',
    '127.0.0.1.nip.io',
    'taifas.fly.dev',
    'a b',
    '@'
  ]
  test.each(foreign)('%s is refused without a public origin, for every requester', (host) => {
    expect(laptop.host(host)).toBe('foreign')
    for (const origin of [undefined, `http://${host}`, `https://${host}`, 'http://localhost:3000'])
      expect(laptop.standing({ ...(origin && { origin }), host })).toBe('refused')
  })

  test.each([
    'localhost:3000',
    'x.localhost',
    '127.0.0.1:3000',
    '[::1]',
    '[2001:db8::7]:3000',
    '192.168.0.7',
    undefined
  ])('%s is our own', (host) => expect(laptop.host(host)).toBe('own'))

  test.each(['chat:3000', 'taifas.internal:3000', 'taifas.flycast'])('%s is for programs, not for pages', (host) => {
    expect(laptop.host(host)).toBe('private')
    expect(laptop.standing({ host })).toBe('program')
    expect(laptop.standing({ host, origin: `http://${host}` })).toBe('refused')
  })

  test('the name of the app on Fly is our own on Fly, and no other app is', () => {
    const fly = createOrigins({ publicOrigin: null, allowed: 'loopback', app: 'taifas' })
    expect(fly.standing({ origin: 'https://taifas.fly.dev', host: 'taifas.fly.dev' })).toBe('own')
    expect(fly.host('evil.fly.dev')).toBe('foreign')
    expect(fly.host('x.taifas.fly.dev')).toBe('foreign')
  })
})

describe('a request without Origin, by its Sec-Fetch-Site', () => {
  test.each([
    ['cross-site', 'refused'],
    ['same-site', 'refused'],
    ['same-origin', 'program'],
    ['none', 'program']
  ] as const)('%s is %s, everywhere', (site, standing) => {
    for (const origins of [laptop, online, closed])
      expect(origins.standing({ host: 'localhost:3000', 'sec-fetch-site': site })).toBe(standing)
  })

  test('our own origin from another site is not our own page', () => {
    const headers = { origin: 'https://chat.example.org', host: 'chat.example.org', 'sec-fetch-site': 'cross-site' }
    expect(online.standing(headers)).toBe('refused')
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

  test('with a public origin the Host header decides nothing', () => {
    expect(online.standing({ origin: 'https://evil.example', host: 'evil.example' })).toBe('refused')
    expect(online.standing({ origin: 'https://chat.example.org', host: '10.0.0.1:3000' })).toBe('own')
  })

  test('with no allowed origins every other page is refused', () => {
    expect(closed.standing({ origin: 'http://localhost:5500', host: 'localhost:3000' })).toBe('refused')
    expect(closed.standing({ origin: 'https://chat.example.org', host: 'x' })).toBe('own')
  })
})

test('the session cookie is read by both of its names, the `__Host-` one first', () => {
  expect(cookieToken('taifas=one', false)).toBe('one')
  expect(cookieToken('other=x; __Host-taifas=two; taifas=one', true)).toBe('two')
  for (const none of [undefined, '', 'xtaifas=one', 'taifas', ';;;='])
    for (const isHttps of [true, false]) expect(cookieToken(none, isHttps)).toBeUndefined()
})

test('over HTTPS a cookie that another subdomain could have set is ignored', () => {
  expect(cookieToken('taifas=planted', true)).toBeUndefined()
})
