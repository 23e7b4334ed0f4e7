import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { beforeAll, describe, expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { openAssets, type Assets } from './static.ts'

const SCRIPT = 'console.log("hello")\n'.repeat(100)
const PAGE = '<!doctype html><title>Chat</title>'

let dir: string
let assets: Assets

function put(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true })
  writeFileSync(join(dir, file), content)
}

beforeAll(() => {
  dir = newFolder()
  put('web/index.html', PAGE)
  put('web/assets/main-ABC.js', SCRIPT)
  put('web/assets/main-ABC.js.br', brotliCompressSync(SCRIPT))
  put('web/assets/main-ABC.js.gz', gzipSync(SCRIPT))
  put('web/icon.png', new Uint8Array([1, 2, 3]))
  put('web/unlisted.txt', 'not part of the build')
  put('secret.txt', 'beside the folder')
  const manifest = {
    build: '0123456789ab',
    inputs: '',
    dev: false,
    files: ['index.html', 'assets/main-ABC.js', 'icon.png']
  }
  put('web/manifest.json', JSON.stringify(manifest))
  assets = openAssets(join(dir, 'web'))
})

test('source maps are served in development only', () => {
  put('maps/main.js', SCRIPT)
  put('maps/main.js.map', '{}')
  const status = (dev: boolean) => {
    const manifest = { build: '0123456789ab', inputs: '', dev, files: ['main.js', 'main.js.map'] }
    put('maps/manifest.json', JSON.stringify(manifest))
    return openAssets(join(dir, 'maps')).serve('/main.js.map', '')?.status
  }
  expect([status(true), status(false)]).toEqual([200, undefined])
})

function get(path: string, acceptEncoding = '', known: Record<string, string> = {}): Response {
  const answer = assets.serve(path, acceptEncoding, new Headers(known))
  if (!answer) throw new Error(`nothing at ${path}`)
  return answer
}

test('the build has its id', () => expect(assets.build).toBe('0123456789ab'))

test('hashed assets are cached for a year, the page is revalidated', () => {
  expect(get('/assets/main-ABC.js').headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(get('/').headers.get('cache-control')).toBe('no-cache')
  expect(get('/icon.png').headers.get('cache-control')).toBe('no-cache')
})

test('each kind of file has its type', () => {
  const kinds = ['/', '/index.html', '/assets/main-ABC.js', '/icon.png'].map((path) =>
    get(path).headers.get('content-type')
  )
  expect(kinds).toEqual([
    'text/html; charset=utf-8',
    'text/html; charset=utf-8',
    'text/javascript; charset=utf-8',
    'image/png'
  ])
})

describe('a page that the client has', () => {
  test('is answered with 304 and no body', async () => {
    const tag = get('/').headers.get('etag') ?? ''
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const answer = get('/', '', { 'if-none-match': known })
      expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', tag])
    }
    expect(get('/', '', { 'if-none-match': '"other"' }).status).toBe(200)
  })

  test('in one encoding is another representation in the next', () => {
    const tag = get('/assets/main-ABC.js', 'gzip').headers.get('etag') ?? ''
    expect(get('/assets/main-ABC.js', 'br', { 'if-none-match': tag }).status).toBe(200)
  })
})

describe('the encoding', () => {
  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip;q=0', null],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['*;q=0', null],
    ['identity, br;q=0.1', null],
    ['BR', 'br'],
    ['br;q=nonsense', null],
    ['', null]
  ])('for "%s" is %s', (accepted, encoding) => {
    const answer = get('/assets/main-ABC.js', accepted)
    expect(answer.headers.get('content-encoding')).toBe(encoding)
    expect(answer.headers.get('vary')).toBe('Accept-Encoding')
  })

  test('has a body of exactly the announced length', async () => {
    for (const accepted of ['br', 'gzip', '']) {
      const answer = get('/assets/main-ABC.js', accepted)
      const body = new Uint8Array(await answer.arrayBuffer())
      expect(answer.headers.get('content-length')).toBe(String(body.length))
      expect(body).toEqual(
        new Uint8Array(
          { br: brotliCompressSync(SCRIPT), gzip: gzipSync(SCRIPT), '': Buffer.from(SCRIPT) }[accepted] ?? []
        )
      )
    }
  })

  test('of an uncompressed file does not vary', () => expect(get('/icon.png', 'br').headers.get('vary')).toBeNull())
})

test.each([
  '/secret.txt',
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/../../secret.txt',
  '//etc/passwd',
  '/assets//main-ABC.js',
  String.raw`/..\secret.txt`,
  '/index.html\0.js',
  '/assets/main-ABC.js.br',
  '/assets/',
  '/manifest.json',
  '/unlisted.txt',
  '/__proto__',
  ''
])('there is nothing at %j', (path) => expect(assets.serve(path, 'br')).toBeNull())

test('through Hono, HEAD is answered like GET without the body', async () => {
  const app = new Hono()
  app.get('*', (c) => assets.serve(c.req.path, c.req.header('accept-encoding'), c.req.raw.headers) ?? c.notFound())
  const [head, full] = [await app.request('/', { method: 'HEAD' }), await app.request('/')]
  expect([head.status, await head.text(), Object.fromEntries(head.headers)]).toEqual([
    200,
    '',
    Object.fromEntries(full.headers)
  ])
  expect(await full.text()).toBe(PAGE)
  expect((await app.request('/..%2fsecret.txt')).status).toBe(404)
})

test('without a build, the page says how to build', async () => {
  for (const missing of [join(dir, 'nowhere'), dir]) {
    const none = openAssets(missing)
    const page = none.serve('/', '')
    expect([none.build, page?.status, none.serve('/assets/main.js', '')]).toEqual(['none', 503, null])
    expect(await page?.text()).toContain('npm run build')
  }
})

test('a manifest with files outside of its folder is refused', () => {
  put(
    'forged/manifest.json',
    JSON.stringify({ build: '0123456789ab', inputs: '', dev: false, files: ['../secret.txt'] })
  )
  expect(() => openAssets(join(dir, 'forged'))).toThrow('Invalid format')
})
