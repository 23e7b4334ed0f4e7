// The built web client, in memory. Only files that the build listed are served, so no path can leave the folder.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import * as v from 'valibot'

/** The files that nobody has asked for by then are read this long after the start, which they would delay by a tenth. */
const READ_AFTER_MS = 1_000
/** The folder of pages for "not found", named like `pl.html`. */
export const NOT_FOUND_PAGES = 'not-found'
const ENCODINGS = { br: '.br', gzip: '.gz' } as const
type Encoding = keyof typeof ENCODINGS | 'identity'

const IMMUTABLE = 'public, max-age=31536000, immutable'
// Browsers ask each time and get 304: these files keep their names when they change.
const REVALIDATE = 'no-cache'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg'
}

/** Written by infra/build/build.ts. `inputs` is the hash of the sources. */
export const buildManifest = v.object({
  build: v.pipe(v.string(), v.regex(/^[0-9a-f]{8,64}$/)),
  inputs: v.string(),
  dev: v.boolean(),
  files: v.array(v.pipe(v.string(), v.regex(/^(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9_./-]*$/)))
})
export type BuildManifest = v.InferOutput<typeof buildManifest>

export interface Assets {
  /** Id of the build; `none` when there is none. */
  build: string
  /**
   * The file at a URL path, where `/` is the page; null when there is none. Hono uses it for HEAD too.
   * @param acceptEncoding the request's Accept-Encoding
   * @param headers the request's headers, of which If-None-Match is read
   */
  serve(
    path: string,
    acceptEncoding: string | null | undefined,
    headers?: { get(name: string): string | null }
  ): Response | null
}

interface Asset {
  type: string
  caching: string
  tag: string
  bodies: Map<Encoding, Uint8Array<ArrayBuffer>>
}

/** dist/web, relative to the bundle dist/server.js or to this source file. */
export const builtWeb = resolve(
  import.meta.dirname,
  basename(import.meta.dirname) === 'http' ? '../../dist/web' : 'web'
)

/**
 * Opens the built client, which is in memory a moment later. Without one, a page says how to build it. No file but the manifest is looked
 * at here, because that would delay each start.
 * @throws Error when the manifest is invalid
 */
export function openAssets(dir: string = builtWeb): Assets {
  const manifestFile = join(dir, 'manifest.json')
  if (!existsSync(manifestFile)) return { build: 'none', serve: (path) => (path === '/' ? notBuilt() : null) }

  const manifest = v.parse(buildManifest, JSON.parse(readFileSync(manifestFile, 'utf8')))
  // Source maps are for developers.
  const files = manifest.files.filter((file) => manifest.dev || !file.endsWith('.map'))

  const listed = new Set(files)
  const assets = new Map<string, Asset>()
  function assetOf(file: string): Asset | null {
    if (listed.has(file) && !assets.has(file)) assets.set(file, readAsset(dir, file))
    return assets.get(file) ?? null
  }
  setTimeout(() => {
    for (const file of files) setImmediate(() => existsSync(join(dir, file)) && assetOf(file))
  }, READ_AFTER_MS).unref()

  return {
    build: manifest.build,
    serve(path, acceptEncoding, headers) {
      const asset = assetOf(path === '/' ? 'index.html' : path.slice(1))
      return asset && answer(asset, acceptEncoding ?? '', headers?.get('if-none-match') ?? '')
    }
  }
}

function readAsset(dir: string, file: string): Asset {
  const plain = readFileSync(join(dir, file))
  const bodies = new Map<Encoding, Uint8Array<ArrayBuffer>>([['identity', plain]])
  for (const [encoding, ending] of Object.entries(ENCODINGS) as [keyof typeof ENCODINGS, string][])
    if (existsSync(join(dir, file + ending))) bodies.set(encoding, readFileSync(join(dir, file + ending)))
  return {
    type: types[extname(file)] ?? 'application/octet-stream',
    caching: file.startsWith('assets/') ? IMMUTABLE : REVALIDATE,
    tag: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
    bodies
  }
}

function answer(asset: Asset, acceptEncoding: string, ifNoneMatch: string): Response {
  const encoding = chooseEncoding(acceptEncoding, asset.bodies)
  // Each encoding is another representation and has its own tag.
  const tag = `"${asset.tag}-${encoding}"`
  const headers = new Headers({ 'cache-control': asset.caching, etag: tag })
  if (asset.bodies.size > 1) headers.set('vary', 'Accept-Encoding')
  if (ifNoneMatch === '*' || ifNoneMatch.split(',').some((known) => known.trim().replace(/^W\//, '') === tag))
    return new Response(null, { status: 304, headers })

  const body = asset.bodies.get(encoding) ?? new Uint8Array()
  headers.set('content-type', asset.type)
  headers.set('content-length', String(body.length))
  if (encoding !== 'identity') headers.set('content-encoding', encoding)
  return new Response(body, { headers })
}

/** The smallest of the bodies that the client prefers most; the plain one when it accepts none. */
function chooseEncoding(acceptEncoding: string, bodies: ReadonlyMap<Encoding, Uint8Array>): Encoding {
  const preferences = new Map(acceptEncoding.toLowerCase().split(',').map(readPreference))
  const preferenceFor = (encoding: Encoding) =>
    preferences.get(encoding) ?? (encoding === 'identity' ? 0.001 : (preferences.get('*') ?? 0))
  return (
    [...bodies]
      .map(([encoding, body]) => ({ encoding, q: preferenceFor(encoding), size: body.length }))
      .filter(({ q }) => q > 0)
      .toSorted((a, b) => b.q - a.q || a.size - b.size)[0]?.encoding ?? 'identity'
  )
}

/** `br;q=0.8` as a name and a preference from 0 to 1. */
function readPreference(part: string): [string, number] {
  const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim())
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  const preference = q === undefined ? 1 : Number(q.slice(2))
  return [name, preference >= 0 && preference <= 1 ? preference : 0]
}

function notBuilt(): Response {
  const page =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Taifas</title>' +
    '<h1>The web client is not built yet</h1><p>Run <code>npm run build</code> and start again.</p></html>\n'
  return new Response(page, {
    status: 503,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  })
}
