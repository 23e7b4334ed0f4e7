// The page as an app: it can be installed.
import { expect, test } from 'vitest'
import { setScene } from './page.fixture.ts'

const { tab } = setScene()

test('the manifest is complete: every icon has the size it claims, one is maskable, and one is for iOS', async () => {
  const page = await tab()
  const declared = await page.evaluate(async () => {
    const href = (rel: string) => document.querySelector<HTMLLinkElement>(`link[rel="${rel}"]`)!.href
    const manifest = (await (await fetch(href('manifest'))).json()) as Record<string, unknown> & {
      icons: { src: string; sizes: string; purpose?: string }[]
    }
    const size = async (src: string) => {
      const image = Object.assign(new Image(), { src })
      await image.decode()
      return `${image.naturalWidth}x${image.naturalHeight}`
    }
    const icons = manifest.icons.filter(({ sizes }) => sizes !== 'any')
    return {
      manifest,
      claimed: icons.map(({ sizes }) => sizes),
      real: await Promise.all(icons.map(({ src }) => size(src))),
      maskable: icons.filter(({ purpose }) => purpose === 'maskable').length,
      apple: await size(href('apple-touch-icon'))
    }
  })
  expect(declared.manifest).toMatchObject({
    id: '/',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    name: 'Taifas'
  })
  expect(declared.real).toEqual(declared.claimed)
  expect(declared.real).toEqual(expect.arrayContaining(['192x192', '512x512']))
  expect([declared.maskable, declared.apple]).toEqual([1, '180x180'])
})
