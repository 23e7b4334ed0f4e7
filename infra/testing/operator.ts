// Commands of an operator: `npm run backup` and `npm run rescue`, without npm.
import { execFile } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Runs it with this DATA_DIR. Resolves with the exit code and everything it has printed. */
export const runCommand = (dataDir: string, ...args: ('backup' | 'rescue' | (string & {}))[]) =>
  new Promise<{ code: number | string | null; printed: string }>((done) => {
    const env = { PATH: process.env['PATH'], DATA_DIR: dataDir }
    execFile(process.execPath, [join(ROOT, 'src/main.ts'), ...args], { env }, (error, printed, complaints) =>
      done({ code: error ? (error.code ?? null) : 0, printed: printed + complaints })
    )
  })
