// Builds the server that is deployed: dist/server.js runs server.bundle.js, all code in one file, with what V8 has compiled of it, which
// is in server.*.cache. The folder can be moved, be read-only, and be run by anybody.
import { execFile } from 'node:child_process'
import { cp, glob, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')
const ENTRY = join(ROOT, 'src/main.ts')
const SERVER_OUT = join(ROOT, 'dist/server.js')

/**
 * Bundles a file that exports `main(env)` into one that runs it, with Socket.IO's browser client beside it.
 * @returns `outFile`
 */
export async function buildServer({ entry = ENTRY, outFile = SERVER_OUT } = {}): Promise<string> {
  const dist = dirname(outFile)
  const left = new Set<RegExp>()
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: `import { main } from ${JSON.stringify(entry)}\nvoid main(process.env)\n`,
      resolveDir: ROOT,
      loader: 'ts'
    },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    banner: { js: '(function (require, dist, __dirname) { const module = { exports: {} };' },
    footer: { js: '})' },
    // Should main.ts run itself when it is the program: in here it is run once, by the line above.
    define: { 'import.meta.main': 'false', 'import.meta.filename': '"(bundled)"', 'import.meta.dirname': 'dist' },
    // Half as long, with all names and with lines that can be shown.
    minifyWhitespace: true,
    lineLimit: 160,
    nodePaths: [join(ROOT, 'node_modules')],
    plugins: [withoutUnused(left)],
    logLevel: 'silent'
  })
  const kept = unused.filter(({ file }) => !left.has(file))
  if (entry === ENTRY && kept.length > 0)
    throw new Error(
      `Libraries have changed, and what isn't used of them is no longer at ${kept[0]?.file}: see build-server.ts.`
    )
  // What V8 compiled of the former: of the code that it belongs to it knows no more than the length.
  for await (const cache of glob(join(dist, 'server.*.cache'))) await rm(cache)
  await mkdir(dist, { recursive: true })
  await writeFile(join(dist, 'server.bundle.js'), inAscii(outputFiles[0]?.text ?? ''))
  await build({
    entryPoints: [join(ROOT, 'infra/build/run-bundle.ts')],
    outfile: outFile,
    format: 'esm',
    logLevel: 'silent'
  })
  const clients = join(dirname(createRequire(import.meta.url).resolve('socket.io/package.json')), 'client-dist')
  await rm(join(dist, 'client-dist'), { recursive: true, force: true })
  await cp(clients, join(dist, 'client-dist'), { recursive: true, filter: (file) => !file.endsWith('.map') })
  return outFile
}

/** A byte a letter, which is read as it stands. esbuild writes strings so, but not regular expressions. */
const inAscii = (code: string) =>
  code.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** What libraries load at the start and nobody here runs: with it the first answer comes a sixth later. */
const unused: readonly { file: RegExp; contents: string }[] = [
  // Of the client for Redis one class, and not the four that are for modules of Redis.
  {
    file: /\/redis\/dist\/index\.js$/,
    contents: `exports.RedisClient = require('@redis/client/dist/lib/client').default`
  },
  // Of its 400 commands those that the class says itself; ours are words.
  {
    file: /\/@redis\/client\/dist\/lib\/commands\/index\.js$/,
    contents: `module.exports = {
      AUTH: require('./AUTH').default,
      CLIENT_SETNAME: require('./CLIENT_SETNAME').default,
      READONLY: require('./READONLY').default
    }`
  },
  // What each command does, for clusters and caches.
  { file: /\/command-metadata\/command-metadata-data\.js$/, contents: 'exports.COMMAND_METADATA = {}' },
  // Every type of file there is, for a question that Socket.IO doesn't ask.
  { file: /\/mime-db\/index\.js$/, contents: 'module.exports = {}' },
  // Logging by another thread.
  { file: /\/pino\/lib\/transport\.js$/, contents: 'module.exports = undefined' }
]

/** `left`: what was left out. */
const withoutUnused = (left: Set<RegExp>): Plugin => ({
  name: 'without-unused',
  setup(build) {
    for (const { file, contents } of unused)
      build.onLoad({ filter: file }, () => {
        left.add(file)
        return { contents }
      })
  }
})

/** Lives in whose first moments everything is compiled that a start needs: the embedded chat, and an instance (nobody is at that port). */
const lives: readonly Record<string, string>[] = [
  {},
  { REDIS_URL: 'redis://127.0.0.1:1', SESSION_SECRET: 'of a server that nobody knows and that ends at once' }
]

/**
 * Starts what `buildServer` has made and keeps what V8 compiles on the way, for this Node on this kind of processor.
 * @throws Error with what the server says, when it doesn't start or answer
 */
export async function compileServer(outFile: string): Promise<void> {
  const cache = join(dirname(outFile), `server.${process.version}-${process.arch}.cache`)
  const dataDir = await mkdtemp(join(tmpdir(), 'taifas-compiled-'))
  // One after the other: each begins with what the one before has left.
  for (const life of lives)
    await promisify(execFile)(process.execPath, [join(ROOT, 'infra/build/compile-server.ts'), outFile, cache], {
      env: { HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...life }
    })
  await rm(dataDir, { recursive: true })
}
