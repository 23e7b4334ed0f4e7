// The page's languages are the files of web/locales: the bundle's list of them, and a page for "not found" in each.
import { readdir, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { NOT_FOUND_PAGES } from '../../src/http/static.ts'
import type { Words } from '../../web/state/i18n.ts'

/** The languages of a web client, by their files: `en`, `pl`, … */
export async function languagesOf(webDir: string): Promise<string[]> {
  const files = await readdir(join(webDir, 'locales')).catch(() => [])
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .toSorted()
}

/** Writes the pages that src/http/not-found.ts answers with. They hold no script and no style. */
export async function writeNotFoundPages(webDir: string, outDir: string, languages: readonly string[]): Promise<void> {
  await mkdir(join(outDir, NOT_FOUND_PAGES))
  for (const language of languages) {
    const file = pathToFileURL(join(webDir, 'locales', `${language}.ts`)).href
    const [words] = Object.values((await import(file)) as { words?: Words })
    if (!words) throw new Error(`web/locales/${language}.ts exports no texts.`)
    await writeFile(join(outDir, NOT_FOUND_PAGES, `${language}.html`), page(language, words))
  }
}

const page = (language: string, words: Words) => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words['notFound.title']} – Taifas</title>
</head>
<body>
<main>
<h1>${words['notFound.title']}</h1>
<p>${words['notFound.sentence']}</p>
<p><a href="/">${words['notFound.home']}</a></p>
</main>
</body>
</html>
`
