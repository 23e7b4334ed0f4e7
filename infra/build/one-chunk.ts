// What the chat has in common with the parts that load later is one chunk. By itself esbuild makes a chunk for each combination of
// parts, which costs bytes and time: they compress worse, and the browser learns of each only from another one.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Plugin } from 'esbuild'

/** Components, what calls for attention, and the colors of code load later than the chat; texts do not. */
const LATER = /\.tsx$|\/(?:attention|offers|highlight)\.ts$/

/** These are shown before the chat: what they have in common with the sign-in view is there. */
const BEFORE_CHAT = /\/(EntryPage|Ways|BanNote)\.tsx$/

/** Each component that loads later names the whole chat, which is there by then. */
export const oneChunk = (webDir: string): Plugin => ({
  name: 'one-chunk',
  setup(build) {
    const later = new Set<string>()
    build.onResolve({ filter: LATER }, ({ kind, path, resolveDir }) => {
      if (kind === 'dynamic-import') later.add(resolve(resolveDir, path))
      return null
    })
    build.onLoad({ filter: LATER }, async ({ path }) => {
      if (!later.has(path)) return null
      const common = BEFORE_CHAT.test(path) ? 'components/SignIn.tsx' : 'inside.ts'
      const contents = `${await readFile(path, 'utf8')}\nexport * from ${JSON.stringify(join(webDir, common))}`
      return { contents, loader: 'tsx' }
    })
  }
})
