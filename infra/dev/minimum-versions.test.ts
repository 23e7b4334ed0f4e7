import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// Versions below which a stranger could do harm. npm's own audit needs a service that isn't there in every place that tests.
const floors: [name: string, floor: string][] = [
  // 8.23.0: pings in a flood fill the memory; 8.21: tiny fragments (CVE-2026-48779, -62389). socket.io asks for an older one, hence `overrides`.
  ['ws', '8.23.0'],
  // Polling connections and WebTransport ids use up the server (GHSA-r635-g3xr-vw7x, -gr94-w7qr-f4j3).
  ['engine.io', '6.6.11'],
  // A packet that announces attachments fills the memory (CVE-2026-69185, -33151).
  ['socket.io-parser', '4.2.7'],
  // The newest of its line; below 4.6.2 an event called "error" ends the process (CVE-2024-38355).
  ['socket.io', '4.8.4'],
  // CORS: a slow pattern (CVE-2026-69207), any origin let in with credentials (-54290); bodies over the limit (-54288).
  ['hono', '4.12.34'],
  // A reset connection ends the process (CVE-2026-126343), an upgrade that passes by the origin check (-126344).
  ['@hono/node-server', '2.1.6']
]

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { version: string; dev?: true }>
}

/** Every version of a package that the server runs on, nested ones too. Tests speak with old clients on purpose. */
function locked(name: string): string[] {
  return Object.entries(packages)
    .filter(([path, { dev }]) => path.endsWith(`node_modules/${name}`) && !dev)
    .map(([, { version }]) => version)
}

function isAtLeast(version: string, floor: string): boolean {
  const [have, want] = [version, floor].map((text) => text.split(/[.-]/).slice(0, 3).map(Number))
  const differing = have?.findIndex((part, place) => part !== want?.[place]) ?? -1
  return differing === -1 || (have?.[differing] ?? 0) > (want?.[differing] ?? 0)
}

test.each(floors)('%s is nowhere older than %s', (name, floor) => {
  expect(locked(name)).not.toEqual([])
  expect(locked(name).filter((version) => !isAtLeast(version, floor))).toEqual([])
})

test('versions are compared as numbers', () => {
  const answers = [
    isAtLeast('8.23.0', '8.23.0'),
    isAtLeast('8.100.0', '8.23.0'),
    isAtLeast('9.0.0', '8.23.0'),
    isAtLeast('8.22.9', '8.23.0'),
    isAtLeast('7.99.99', '8.23.0')
  ]
  expect(answers).toEqual([true, true, true, false, false])
})
