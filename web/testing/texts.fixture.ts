import { readdirSync } from 'node:fs'
import type { Texts } from '../state/i18n.ts'

const LOCALES = new URL('../locales/', import.meta.url)

/** The parts that have texts in this language, by their files. */
export const partsOf = (language: string) =>
  readdirSync(new URL(language, LOCALES)).map((file) => file.replace('.ts', ''))

/** All texts of a language: those of every part. */
export async function textsOf(language: string): Promise<Texts> {
  const parts = await Promise.all(
    partsOf(language).map((part) => import(`../locales/${language}/${part}.ts`) as Promise<{ texts: Texts }>)
  )
  return Object.assign({}, ...parts.map(({ texts }) => texts)) as Texts
}
