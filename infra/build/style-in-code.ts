// A style that code imports is its text, see web/components/add-style.ts: it loads with the part of the page that needs it.
import { resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

export const styleInCode: Plugin = {
  name: 'style-in-code',
  setup({ initialOptions: { minify = false, target = [] }, onResolve, onLoad }) {
    onResolve({ filter: /\.css$/ }, ({ kind, path, resolveDir }) =>
      kind === 'import-statement' || kind === 'dynamic-import'
        ? { path: resolve(resolveDir, path), namespace: 'style-in-code' }
        : null
    )
    onLoad({ filter: /\.css$/, namespace: 'style-in-code' }, async ({ path }) => {
      const { outputFiles } = await build({
        entryPoints: [path],
        bundle: true,
        write: false,
        charset: 'utf8',
        minify,
        target
      })
      return { contents: outputFiles[0]!.text.trim(), loader: 'text' }
    })
  }
}
