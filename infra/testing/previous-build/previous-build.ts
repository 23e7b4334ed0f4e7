// Unpacks the previous build, so that a test can run it beside this one.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { newFolder } from '../folder.ts'

/** Writes the previous build into a temporary folder. @returns the program to start with Node */
export function unpackPreviousBuild(): string {
  const dir = newFolder()
  const program = join(dir, 'server.cjs')
  const bundle = brotliDecompressSync(readFileSync(join(import.meta.dirname, 'server.br'))).toString('latin1')
  // The bundle is a function. Socket.IO looks for its own client relative to the third argument; no test here asks for it.
  writeFileSync(program, `${bundle.trimEnd()}(require, __dirname, __dirname + '/bundled')\n`, 'latin1')
  return program
}
