// What the chat has in common with the parts that load later is one chunk. By itself esbuild makes a chunk for each combination of
// parts, which costs bytes and time: they compress worse, and the browser learns of each only from another one.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Plugin } from 'esbuild'

/** Components load later than the chat; texts do not. */
const COMPONENT = /\.tsx$/

/** Each component that loads later imports the whole chat, which is there by then. */
export const oneChunk = (webDir: string): Plugin => ({
  name: 'one-chunk',
  setup(build) {
    const later = new Set<string>()
    build.onResolve({ filter: COMPONENT }, ({ kind, path, resolveDir }) => {
      if (kind === 'dynamic-import') later.add(resolve(resolveDir, path))
      return null
    })
    build.onLoad({ filter: COMPONENT }, async ({ path }) => {
      if (!later.has(path)) return null
      return {
        contents: `${await readFile(path, 'utf8')}\nimport ${JSON.stringify(join(webDir, 'inside.ts'))}`,
        loader: 'tsx'
      }
    })
  }
})
