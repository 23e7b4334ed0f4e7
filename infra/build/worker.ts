// The service worker of a build: it knows the page and every file that the page needs without the server.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { build, type Metafile } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')
const HASH_LENGTH = 8

/**
 * Writes sw.js, and index.html a second time under a hashed name: while two builds are served at once, only that one surely belongs
 * to the worker's build.
 */
export async function writeWorker(outDir: string, { outputs }: Metafile): Promise<void> {
  const html = await readFile(join(outDir, 'index.html'), 'utf8')
  const hash = createHash('sha256').update(html).digest('hex').slice(0, HASH_LENGTH).toUpperCase()
  const page = `assets/page-${hash}.html`
  await writeFile(join(outDir, page), html)

  const named = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
  const loaded = neededBy(outputs).map((output) => `/${relative(outDir, resolve(ROOT, output))}`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: { sw: join(ROOT, 'web/worker.ts') },
    outdir: outDir,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    define: { __SHELL__: JSON.stringify({ page: `/${page}`, files: [...new Set([...named, ...loaded])].toSorted() }) },
    logLevel: 'silent'
  })
}

/** The settings are where a person signs out, which deletes what this browser stores. */
const SETTINGS = /\/settings\/Settings\.tsx$|\/locales\/\w+\/settings\.ts$/

/** What main.tsx loads, at once and by itself a moment later. What is loaded later still, the worker stores when it is used. */
function neededBy(outputs: Metafile['outputs']): string[] {
  const outputsOf = (entry: RegExp) =>
    Object.keys(outputs).filter((name) => entry.test(outputs[name]?.entryPoint ?? ''))
  const entries = outputsOf(/main\.tsx$/)
  const imported = (names: Iterable<string>, kind: string) =>
    [...names].flatMap((name) => outputs[name]?.imports.filter((one) => one.kind === kind && !one.external) ?? [])
  const withStatic = (names: readonly string[]) => {
    const all = new Set(names)
    // A set that grows is walked to its end.
    for (const name of all) for (const { path } of imported([name], 'import-statement')) all.add(path)
    return all
  }
  const first = withStatic(entries)
  return [
    ...withStatic([...first, ...imported(first, 'dynamic-import').map(({ path }) => path), ...outputsOf(SETTINGS)])
  ]
}
