// 404: a small page for browsers, JSON for programs.
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { parseAccept } from 'hono/utils/accept'
import { plainRefusal } from './errors.ts'

const pages = {
  en: { title: 'Page not found', sentence: 'There is nothing at this address.', home: 'To the chat' },
  pl: { title: 'Nie ma takiej strony', sentence: 'Pod tym adresem nic nie ma.', home: 'Do czatu' },
  ro: { title: 'Pagina nu există', sentence: 'La această adresă nu este nimic.', home: 'Spre chat' }
} as const
type Language = keyof typeof pages

/** 404, by Accept and Accept-Language. */
export function notFound(c: Context) {
  c.header('Vary', 'Accept, Accept-Language', { append: true })
  if (!wantsPage(c)) return c.json(plainRefusal('not-found', 'There is nothing at this address'), 404)
  const language = languageOf(parseAccept(c.req.header('accept-language') ?? ''))
  c.header('Content-Language', language)
  return c.html(page(language), 404)
}

/** Only a client that prefers HTML gets it: a program that accepts anything gets JSON. */
const wantsPage = (c: Context) =>
  accepts(c, { header: 'Accept', supports: ['application/json', 'text/html'], default: 'application/json' }) ===
  'text/html'

/** The most preferred language that has a page, whatever its region. */
const languageOf = (preferred: { type: string }[]) =>
  preferred.map(({ type }) => type.toLowerCase().split('-')[0] ?? '').find(hasPage) ?? 'en'

const hasPage = (language: string): language is Language => Object.hasOwn(pages, language)

function page(language: Language): string {
  const { title, sentence, home } = pages[language]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Taifas</title>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${sentence}</p>
<p><a href="/">${home}</a></p>
</main>
</body>
</html>
`
}
