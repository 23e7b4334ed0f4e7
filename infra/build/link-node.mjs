// After an install: `node` in node_modules/.bin is the one pinned by the lockfile, so that every script of ours runs on it. npm 9
// and 10 link it and then remove the link again with the packages of other platforms. Plain JavaScript: any old Node must run it.
import { existsSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const here = `${process.platform}-${process.arch}`
const pinned = [`node-${here}`, `node-bin-${here}`].find((name) => existsSync(`${modules}${name}/bin/node`))
if (pinned && !existsSync(`${modules}.bin/node`)) symlinkSync(`../${pinned}/bin/node`, `${modules}.bin/node`)
