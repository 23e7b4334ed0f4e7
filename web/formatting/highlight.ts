// Colors for blocks of code. Loaded when the first block that names its language is shown.
import '../style/code.css'
import bash from '@speed-highlight/core/languages/bash.js'
import c from '@speed-highlight/core/languages/c.js'
import css from '@speed-highlight/core/languages/css.js'
import diff from '@speed-highlight/core/languages/diff.js'
import go from '@speed-highlight/core/languages/go.js'
import html from '@speed-highlight/core/languages/html.js'
import java from '@speed-highlight/core/languages/java.js'
import js from '@speed-highlight/core/languages/js.js'
import json from '@speed-highlight/core/languages/json.js'
import py from '@speed-highlight/core/languages/py.js'
import rs from '@speed-highlight/core/languages/rs.js'
import sql from '@speed-highlight/core/languages/sql.js'
import ts from '@speed-highlight/core/languages/ts.js'
import yaml from '@speed-highlight/core/languages/yaml.js'
import { tokenizeWith, type ShjLanguageData, type ShjToken } from '@speed-highlight/core/tokenize'

const grammars = { bash, c, css, diff, go, html, java, js, json, py, rs, sql, ts, yaml }
/** The library's types do not provide for exact optional properties. */
const languages = grammars as object as Record<keyof typeof grammars, ShjLanguageData>
/** What people write after the fence, besides these names. */
const ALSO = {
  bash: 'sh shell zsh console',
  c: 'cpp c++ cc h hpp',
  diff: 'patch',
  go: 'golang',
  html: 'xml svg vue htm',
  js: 'javascript jsx mjs cjs node',
  py: 'python python3',
  rs: 'rust',
  ts: 'typescript tsx mts',
  yaml: 'yml'
} satisfies Partial<Record<keyof typeof languages, string>>

const byName = new Map(Object.entries(languages))
for (const [language, names] of Object.entries(ALSO))
  for (const name of names.split(' ')) byName.set(name, byName.get(language)!)

export interface CodePart {
  text: string
  /** What it is in its language; undefined: nothing of its own. */
  kind: ShjToken | undefined
}

/** The parts of a code, in order; null if its language is unknown. */
export function highlight(code: string, language: string): CodePart[] | null {
  const grammar = byName.get(language.toLowerCase())
  if (!grammar) return null
  const parts: CodePart[] = []
  tokenizeWith(code, grammar, (text, kind) => text !== '' && parts.push({ text, kind }), { languages })
  return parts
}
