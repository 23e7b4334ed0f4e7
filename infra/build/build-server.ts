// Builds the server that is deployed: dist/server.js runs server.bundle.js, which is all code in one file, with the code that V8 compiled
// from it, server.*.cache. The folder can be moved or read-only, and any user can run it.
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
    define: {
      'import.meta.main': 'false',
      'import.meta.filename': '"(bundled)"',
      'import.meta.dirname': 'dist',
      // Optional packages of ws: looking for them in vain takes time.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"'
    },
    // Half as long, with all names and with lines that can be shown.
    minifyWhitespace: true,
    lineLimit: 160,
    nodePaths: [join(ROOT, 'node_modules')],
    plugins: [withoutUnused(left)],
    logLevel: 'silent'
  })
  const unmatched = unused.filter(({ file }) => !left.has(file))
  if (entry === ENTRY && unmatched.length > 0)
    throw new Error(`The libraries have changed: no file matches ${unmatched[0]?.file} any more, see build-server.ts.`)
  // The cache of the former bundle: V8 would accept it for any code of the same length.
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

/** One byte per character, which Node reads without decoding. esbuild escapes strings so, but not regular expressions. */
const inAscii = (code: string) =>
  code.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Library code that is loaded at the start and never runs here. With it, the first answer comes a sixth later. */
const unused: readonly { file: RegExp; contents: string }[] = [
  // One class of the Redis client, without the four packages for Redis modules.
  {
    file: /\/redis\/dist\/index\.js$/,
    contents: `exports.RedisClient = require('@redis/client/dist/lib/client').default`
  },
  // Of its 400 commands those that the class itself sends; ours are sent by name.
  {
    file: /\/@redis\/client\/dist\/lib\/commands\/index\.js$/,
    contents: `module.exports = {
      AUTH: require('./AUTH').default,
      CLIENT_SETNAME: require('./CLIENT_SETNAME').default,
      READONLY: require('./READONLY').default
    }`
  },
  // Announced maintenance, for version 3 of the protocol.
  {
    file: /\/@redis\/client\/dist\/lib\/client\/enterprise-maintenance-manager\.js$/,
    contents: `export const dbgMaintenance = () => {}
      export default class { static setupDefaultMaintOptions() {} static async getHandshakeCommand() {} }`
  },
  // What each command does, for clusters and caches.
  { file: /\/command-metadata\/command-metadata-data\.js$/, contents: 'exports.COMMAND_METADATA = {}' },
  // All MIME types, for a request that Socket.IO never makes.
  { file: /\/mime-db\/index\.js$/, contents: 'module.exports = {}' },
  // Logging by another thread, and the question which thread this is.
  { file: /^worker_threads$/, contents: 'export const isMainThread = true' },
  { file: /\/pino\/lib\/transport\.js$/, contents: 'module.exports = undefined' },
  // Traces beside the metrics.
  { file: /\/@opentelemetry\/api\/dist\/index\.cjs$/, contents: 'module.exports = {}' },
  // What Socket.IO prints about itself for those who develop it.
  {
    file: /\/debug\/src\/index\.js$/,
    contents: 'exports = module.exports = () => () => {}; exports.default = exports.debug = exports'
  },
  // HTTP/2, which only proxies speak: 5 ms.
  { file: /^node:http2$/, contents: 'export class Http2ServerRequest {}; export const constants = {}' }
]

/** `left` collects the patterns that matched. */
const withoutUnused = (left: Set<RegExp>): Plugin => ({
  name: 'without-unused',
  setup(build) {
    build.onResolve({ filter: /^(node:|worker_threads$)/ }, ({ path }) =>
      unused.some(({ file }) => file.test(path)) ? { path, namespace: 'without-unused' } : null
    )
    for (const { file, contents } of unused)
      build.onLoad({ filter: file }, () => {
        left.add(file)
        return { contents }
      })
  }
})

/** Environments whose starts compile all that any start needs: the embedded chat, and an instance (nothing listens on that port). */
const starts: readonly Record<string, string>[] = [
  {},
  { REDIS_URL: 'redis://127.0.0.1:1', SESSION_SECRET: 'a secret of a server that ends at once, long enough' }
]

/**
 * Starts what `buildServer` has made and keeps what V8 compiles on the way, for this Node on this kind of processor.
 * @throws Error with what the server says, when it doesn't start or answer
 */
export async function compileServer(outFile: string): Promise<void> {
  const cache = join(dirname(outFile), `server.${process.version}-${process.arch}.cache`)
  const dataDir = await mkdtemp(join(tmpdir(), 'taifas-compiled-'))
  // In sequence: each start begins with the cache of the one before.
  for (const variables of starts)
    await promisify(execFile)(process.execPath, [join(ROOT, 'infra/build/compile-server.ts'), outFile, cache], {
      env: { HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...variables }
    })
  await rm(dataDir, { recursive: true })
}
