// Makes server.br, the previous build that tests run beside this one: the server of commit 90ef431, as its `npm run build` bundled it.
// It is in the repository because a fresh clone may lack the history. To replace it by another build:
//   node infra/testing/previous-build/make.ts COMMIT
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const [commit = ''] = process.argv.slice(2)
const dir = mkdtempSync(join(tmpdir(), 'taifas-previous-'))
try {
  const tree = execFileSync('git', ['archive', commit], { maxBuffer: 100_000_000 })
  execFileSync('tar', ['-x', '-C', dir], { input: tree })
  for (const args of [['ci'], ['run', 'build']]) execFileSync('npm', args, { cwd: dir, stdio: 'inherit' })
  const bundle = readFileSync(join(dir, 'dist/server.bundle.js'))
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 }
  writeFileSync(join(import.meta.dirname, 'server.br'), brotliCompressSync(bundle, { params }))
} finally {
  rmSync(dir, { recursive: true })
}
