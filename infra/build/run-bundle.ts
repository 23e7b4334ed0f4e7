// What becomes dist/server.js: runs the bundle beside it, with the code that V8 compiled from it when it was built. Without that code,
// or with another Node, the chat starts later and is the same. Node's own compile cache would serve nobody but the user who built
// it. And nothing is imported here: that would evaluate also what Node leaves for later.
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs')
const { createRequire } = process.getBuiltinModule('node:module')
const { Script } = process.getBuiltinModule('node:vm')

const here = import.meta.dirname
const file = `${here}/server.bundle.js`
// V8 tells its versions apart, but not all of Node's patches to it.
const cache = `${here}/server.${process.version}-${process.arch}.cache`

/** The build asks it for what was compiled. */
export const script = new Script(readFileSync(file, 'latin1'), {
  filename: file,
  ...(existsSync(cache) && { cachedData: readFileSync(cache) })
})
const run = script.runInThisContext() as (require: NodeJS.Require, dist: string, folder: string) => void
// Socket.IO reads its own client from `__dirname`/../client-dist; the folder that `__dirname` names needn't exist.
run(createRequire(import.meta.url), here, `${here}/bundled`)
