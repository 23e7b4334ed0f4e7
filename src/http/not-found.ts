// 404: a small page for browsers, JSON for programs.
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { parseAccept } from 'hono/utils/accept'
import { plainRefusal } from './errors.ts'
import { NOT_FOUND_PAGES, type Assets } from './static.ts'

/** 404, by Accept and Accept-Language. Without a build programs and browsers get the same. */
export const notFound = (assets: Assets) => async (c: Context) => {
  c.header('Vary', 'Accept, Accept-Language', { append: true })
  const page = wantsPage(c) ? pageFor(assets, c.req.header('accept-language') ?? '') : undefined
  if (!page) return c.json(plainRefusal('not-found', 'There is nothing at this address'), 404)
  c.header('Content-Language', page.language)
  return c.html(await page.answer.text(), 404)
}

/** Only a client that prefers HTML gets it: a program that accepts anything gets JSON. */
const wantsPage = (c: Context) =>
  accepts(c, { header: 'Accept', supports: ['application/json', 'text/html'], default: 'application/json' }) ===
  'text/html'

/** In the most preferred language that has a page, whatever its region. */
function pageFor(assets: Assets, preferred: string) {
  const languages = parseAccept(preferred).map(({ type }) => type.toLowerCase().split('-')[0] ?? '')
  return [...languages, 'en']
    .map((language) => ({ language, answer: assets.serve(`/${NOT_FOUND_PAGES}/${language}.html`, 'identity') }))
    .find((page): page is { language: string; answer: Response } => page.answer !== null)
}
