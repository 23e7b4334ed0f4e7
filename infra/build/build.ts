// Builds what is served, deployed and published: the web client (dist/web, hashed and ready compressed), the server
// as one file (dist/server.js and what lies beside it, see build-server.ts), and the client for programs (dist/client.js and its
// types). `node infra/build/build.ts` builds all and prints their sizes.
import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { minifySync } from 'oxc-minify'
import * as v from 'valibot'
import { buildManifest, type BuildManifest } from '../../src/http/static.ts'
import { languagesOf, writeNotFoundPages } from './languages.ts'
import { oneChunk } from './one-chunk.ts'
import { styleInCode } from './style-in-code.ts'
import { withoutUnused } from './unused-in-page.ts'
import { writeWorker } from './worker.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const WEB = join(ROOT, 'web')
const WEB_OUT = join(ROOT, 'dist/web')
/** Other files that the web client is made from. */
const SHARED_INPUTS = [
  'src/contract.ts',
  'package-lock.json',
  'infra/build/build.ts',
  'infra/build/one-chunk.ts',
  'infra/build/style-in-code.ts',
  'infra/build/unused-in-page.ts',
  'infra/build/worker.ts'
].map((file) => join(ROOT, file))
const CONTRACT = join(ROOT, 'src/contract')
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.svg', '.webmanifest', '.txt', '.map', '.ico'])
/** Hexadecimal characters of the build id. */
const BUILD_ID_LENGTH = 12

export interface WebBuild {
  /** Readable code with source maps, that reloads the page when a newer build is served. */
  dev?: boolean
  webDir?: string
  outDir?: string
}

/**
 * Bundles main.tsx and style.css of `webDir`, puts their hashed names into index.html, copies public/, compresses, and writes
 * manifest.json. The folder is made beside its place and replaced as a whole: a build cut short is never served,
 * and several processes may build at once.
 * @throws Error when the code can't be bundled, or index.html holds inline script or lacks a place for a name
 */
export async function buildWeb({ dev = false, webDir = WEB, outDir = WEB_OUT }: WebBuild = {}): Promise<BuildManifest> {
  await mkdir(dirname(outDir), { recursive: true })
  const fresh = await mkdtemp(`${outDir}.new-`)
  try {
    // Another user than the one who builds may run the server.
    await chmod(fresh, 0o755)
    const manifest = await buildInto(fresh, webDir, dev)
    await replaceFolder(outDir, fresh)
    return manifest
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function buildInto(fresh: string, webDir: string, dev: boolean): Promise<BuildManifest> {
  const inputs = await inputsHash(webDir)
  const languages = await languagesOf(webDir)
  if (existsSync(join(webDir, 'public'))) await cp(join(webDir, 'public'), fresh, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { main: join(webDir, 'main.tsx'), style: join(webDir, 'style.css') },
    outdir: join(fresh, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: !dev,
    sourcemap: dev,
    legalComments: 'external',
    // Two bytes instead of six for each character beyond ASCII.
    charset: 'utf8',
    define: { __DEV__: String(dev), __LANGUAGES__: JSON.stringify(languages) },
    inject: dev ? [join(WEB, 'dev-reload.ts')] : [],
    loader: { '.svg': 'file', '.png': 'file', '.webp': 'file', '.woff2': 'file', '.mp3': 'file', '.ogg': 'file' },
    nodePaths: [join(ROOT, 'node_modules')],
    plugins: [withoutUnused, oneChunk(webDir), styleInCode],
    metafile: true,
    logLevel: 'silent'
  })
  await writeFile(
    join(fresh, 'index.html'),
    page(await readFile(join(webDir, 'index.html'), 'utf8'), webDir, metafile, fresh)
  )
  await writeWorker(fresh, metafile)
  if (!dev) await shrink(fresh)
  await writeNotFoundPages(webDir, fresh, languages)

  const files = await filesIn(fresh)
  const manifest = { build: (await hashOf(fresh, files)).slice(0, BUILD_ID_LENGTH), inputs, dev, files }
  // During development the page waits for the build.
  if (!dev) await Promise.all(files.map((file) => compress(join(fresh, file))))
  await writeFile(join(fresh, 'manifest.json'), JSON.stringify(v.parse(buildManifest, manifest), null, 2))
  return manifest
}

/** How often a folder is moved aside when other processes put theirs in its place at the same moment. */
const REPLACE_TRIES = 20

/** Puts a finished folder in the place of another. Several processes may do so at once: the last one stays, and each was whole. */
async function replaceFolder(place: string, finished: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const former = await mkdtemp(`${place}.old-`)
    await rename(place, former).catch(ignore('ENOENT'))
    const placed = await rename(finished, place).then(() => true, ignore('ENOTEMPTY', 'EEXIST'))
    await rm(former, { recursive: true })
    if (placed) return
    if (tries === REPLACE_TRIES) throw new Error(`${place} could not be replaced: does another program write there?`)
  }
}

const ignore =
  (...codes: string[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error
  }

/**
 * index.html with the hashed names in place of /main.tsx and /style.css; what main.tsx needs at once, and the chat behind it, is asked
 * for beside it, not after it.
 */
function page(html: string, webDir: string, { outputs }: Metafile, outDir: string): string {
  if (/<script(?![^>]*\ssrc=)|\son[a-z]+=|<style|\sstyle=/i.test(html))
    throw new Error('web/index.html must not hold inline script or style: the content security policy would refuse it.')
  const made = Object.entries(outputs).filter(([, output]) => output.entryPoint)
  const outputOf = (source: string) =>
    made.find(([, { entryPoint = '' }]) => resolve(ROOT, entryPoint) === join(webDir, source))
  const url = (path = '') => `/${relative(outDir, resolve(ROOT, path))}`

  const [script, { imports = [] } = {}] = outputOf('main.tsx') ?? []
  const [style] = outputOf('style.css') ?? []
  const importedBy = (imports: readonly { kind: string; path: string; external?: boolean }[], kind: string) =>
    imports.filter((one) => one.kind === kind && !one.external).map(({ path }) => path)
  const first = importedBy(imports, 'import-statement')
  const [, inside] = outputOf('inside.ts') ?? []
  const next = importedBy(inside?.imports ?? [], 'import-statement').filter((path) => !first.includes(path))
  const preloads = [
    ...first.map((path) => `    <link rel="modulepreload" href="${url(path)}" />\n`),
    ...next.map((path) => `    <link rel="modulepreload" href="${url(path)}" fetchpriority="low" />\n`)
  ]
  const places = {
    '"/main.tsx"': `"${url(script)}"`,
    '"/style.css"': `"${url(style)}"`,
    '  </head>': `${preloads.join('')}  </head>`
  }
  return Object.entries(places).reduce((filled, [place, content]) => {
    if (!filled.includes(place)) throw new Error(`web/index.html has no ${place.trim()}.`)
    return filled.replace(place, () => content)
  }, html)
}

/** esbuild renames and folds less: 3 % of the compressed bytes, in a tenth of a second. */
async function shrink(dir: string): Promise<void> {
  for (const file of (await filesIn(dir)).filter((file) => file.endsWith('.js'))) {
    const path = join(dir, file)
    const { code, errors } = minifySync(path, await readFile(path, 'utf8'), {
      module: file.startsWith('assets/'),
      compress: { target: 'es2022' },
      mangle: { toplevel: file.startsWith('assets/') }
    })
    if (errors.length > 0) throw new Error(`${file} cannot be minified: ${errors[0]?.message}`)
    await writeFile(path, code)
  }
}

async function compress(file: string): Promise<void> {
  if (!COMPRESSED.has(extname(file))) return
  const plain = await readFile(file)
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length }
  await writeFile(`${file}.br`, await promisify(brotliCompress)(plain, { params: quality }))
  await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: 9 }))
}

/** Whether dist/web is missing, unfinished, a developer's, or made from other inputs than those that lie here. */
export async function isStale({ webDir = WEB, outDir = WEB_OUT }: WebBuild = {}): Promise<boolean> {
  const stored: unknown = await readFile(join(outDir, 'manifest.json'), 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  const read = v.safeParse(buildManifest, stored)
  if (!read.success || read.output.dev || read.output.inputs !== (await inputsHash(webDir))) return true
  return read.output.files.some((file) => !existsSync(join(outDir, file)))
}

async function inputsHash(webDir: string): Promise<string> {
  const own = (await filesIn(webDir)).filter((file) => !/\.test\.tsx?$/.test(file))
  const contract = (await filesIn(CONTRACT)).map((file) => join(CONTRACT, file))
  return hashOf(webDir, [...own, ...[...contract, ...SHARED_INPUTS].map((file) => relative(webDir, file))])
}

async function hashOf(dir: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) {
    const content = await readFile(join(dir, file))
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** All files under a folder, by paths with `/`, sorted. */
async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((file) => relative(dir, join(file.parentPath, file.name)).replaceAll('\\', '/')).toSorted(byName)
}

const byName = (a: string, b: string) => (a < b ? -1 : 1)

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  const manifest = await buildWeb()
  // Imported here only: `npm start`, which builds the web client alone, does not need it.
  const [{ buildServer, compileServer }, { buildClient }] = await Promise.all([
    import('./build-server.ts'),
    import('./build-client.ts')
  ])
  await Promise.all([buildServer().then(compileServer), buildClient()])
  const size = async (file: string) => (existsSync(file) ? (await readFile(file)).length : null)
  console.log(`web client ${manifest.build}`)
  for (const file of manifest.files) {
    const [raw, br] = [await size(join(WEB_OUT, file)), await size(join(WEB_OUT, `${file}.br`))]
    console.log(
      `${String(raw).padStart(9)} bytes ${br === null ? ''.padStart(12) : `${String(br).padStart(9)} br`}  ${file}`
    )
  }
  for (const file of (await readdir(join(ROOT, 'dist'))).filter((name) => /\.(js|cache)$/.test(name)))
    console.log(`${String(await size(join(ROOT, 'dist', file))).padStart(9)} bytes ${''.padStart(12)}  dist/${file}`)
}
