// A style that code imports is put into the page with that code: it loads with the part of the page that needs it.
import { dirname, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ADD_STYLE = join(import.meta.dirname, '../../web/components/add-style.ts')

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
      const [add, css] = [ADD_STYLE, outputFiles[0]!.text.trim()].map((text) => JSON.stringify(text))
      return { contents: `import { addStyle } from ${add}\naddStyle(${css})`, resolveDir: dirname(path) }
    })
  }
}
