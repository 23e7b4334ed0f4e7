// Loaded before every program that package.json starts. Without the packages the system's Node runs them, and it may be too old to
// read TypeScript. Any old Node must run this.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const OLDEST_NODE = 24

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}

if (!existsSync(join(__dirname, '../../node_modules'))) stop('The packages are missing: run `npm ci` first.')
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
  stop(`Taifas needs Node ${OLDEST_NODE}, and this is ${process.version}: \`npm ci\` brings it for Linux and macOS.`)
