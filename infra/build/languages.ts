// The page's languages are the folders of web/locales: the bundle's list of them, and a page for "not found" in each.
import { readdir, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { NOT_FOUND_PAGES } from '../../src/http/static.ts'
import type { texts as en } from '../../web/locales/en/not-found.ts'
import type { Like } from '../../web/state/i18n.ts'

/** The languages of a web client, by their folders: `en`, `pl`, … */
export async function languagesOf(webDir: string): Promise<string[]> {
  const folders = await readdir(join(webDir, 'locales')).catch(() => [])
  return folders.toSorted((a, b) => (a < b ? -1 : 1))
}

/** Writes the pages that src/http/not-found.ts answers with. They hold no script and no style. */
export async function writeNotFoundPages(webDir: string, outDir: string, languages: readonly string[]): Promise<void> {
  await mkdir(join(outDir, NOT_FOUND_PAGES))
  for (const language of languages) {
    const file = pathToFileURL(join(webDir, 'locales', language, 'not-found.ts')).href
    const { texts } = (await import(file)) as { texts: Like<typeof en> }
    await writeFile(join(outDir, NOT_FOUND_PAGES, `${language}.html`), page(language, texts))
  }
}

const page = (language: string, texts: Like<typeof en>) => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${texts['notFound.title']} – Taifas</title>
</head>
<body>
<main>
<h1>${texts['notFound.title']}</h1>
<p>${texts['notFound.sentence']}</p>
<p><a href="/">${texts['notFound.home']}</a></p>
</main>
</body>
</html>
`
