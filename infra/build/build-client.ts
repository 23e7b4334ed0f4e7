// Builds taifas/client, for programs.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')
const WEB = join(ROOT, 'web')
const CLIENT_OUT = join(ROOT, 'dist/client.js')

/**
 * Bundles taifas/client into one file that Node and browsers load alike, without another package: Socket.IO's browser flavour speaks
 * through the WebSocket both of them have. The types lie in the folder of the same name.
 */
export async function buildClient({ outFile = CLIENT_OUT } = {}): Promise<void> {
  const types = outFile.replace(/\.js$/, '')
  await rm(types, { recursive: true, force: true })
  await Promise.all([
    build({
      absWorkingDir: ROOT,
      entryPoints: [join(WEB, 'sdk/client.ts')],
      outfile: outFile,
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      // The signals without the part that is for components.
      alias: { '@preact/signals': '@preact/signals-core' },
      legalComments: 'inline',
      charset: 'utf8',
      logLevel: 'silent'
    }),
    promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), [
      '-p',
      join(WEB, 'sdk/tsconfig.build.json'),
      '--outDir',
      types
    ])
  ])
}
