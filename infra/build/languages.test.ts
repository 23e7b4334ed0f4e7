import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../testing/folder.ts'
import { buildWeb } from './build.ts'

const ROOT = resolve(import.meta.dirname, '../..')

test('one more folder in web/locales is one more language: in the list, loaded when chosen, and with its page for "not found"', async () => {
  const folder = newFolder()
  for (const part of ['web', 'src', 'tsconfig.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  const [webDir, outDir] = [join(folder, 'web'), join(folder, 'dist')]
  const silesian = join(webDir, 'locales/szl')
  cpSync(join(webDir, 'locales/pl'), silesian, { recursive: true })
  for (const [file, polish, own] of [
    ['not-found', 'Nie ma takiej strony', 'Niy ma takij strōny'],
    ['chat', 'Salon', 'Izba']
  ] as const) {
    const path = join(silesian, `${file}.ts`)
    writeFileSync(path, readFileSync(path, 'utf8').replace(polish, own))
  }

  const { files } = await buildWeb({ webDir, outDir, dev: true })
  const text = (file: string) => readFileSync(join(outDir, file), 'utf8')
  const scripts = files.filter((file) => file.endsWith('.js'))
  expect(scripts.filter((file) => /\["en", "pl", "ro", "szl"\]/.test(text(file)))).toHaveLength(1)
  const [loader = ''] = scripts.filter((file) => text(file).includes('"../locales/szl/chat.ts"'))
  const [chunk = ''] = scripts.filter((file) => text(file).includes('Izba'))
  expect(text(loader)).toContain(chunk.slice('assets/'.length))
  expect(files.filter((file) => file.startsWith('not-found/'))).toEqual(
    ['en', 'pl', 'ro', 'szl'].map((language) => `not-found/${language}.html`)
  )
  const page = text('not-found/szl.html')
  expect(page).toContain('<html lang="szl">')
  expect(page).toContain('<h1>Niy ma takij strōny</h1>')
  expect(page).not.toMatch(/<script|<style|style=/)
})
