// Readers of the plain part of TOML and YAML that fly.toml and compose.yaml keep to. Whatever else the two languages know is
// refused with its line, and would be harder to read for a person as well.

export type Plain = string | number | boolean | Plain[] | Table
export interface Table {
  [key: string]: Plain
}

/** What stands at a path of names, and of places in lists. */
export function at(table: Table, path: string): Plain | undefined {
  return path.split('.').reduce<Plain | undefined>((here, name) => (here as Table | undefined)?.[name], table)
}

/** The same as text; empty when nothing stands there, or a table. */
export function textAt(table: Table, path: string): string {
  const value = at(table, path)
  return value === undefined || typeof value === 'object' ? '' : String(value)
}

/** The same as a time: `90`, `90s` or `2m`; NaN when it is none. */
export function secondsAt(table: Table, path: string): number {
  const [, number, unit] = /^(\d+)(s|m)?$/.exec(textAt(table, path)) ?? []
  return Number(number) * (unit === 'm' ? 60 : 1)
}

/** Tables, lists of tables, and `key = value` with a value that JSON writes alike. @throws Error on anything else, and on what is said twice */
export function readToml(text: string): Table {
  const root: Table = {}
  let here = root
  for (const line of linesOf(text)) {
    const [, list, table, key, value] =
      /^(?:\[\[([\w.]+)\]\]|\[([\w.]+)\]|(\w+) = (.+))$/.exec(line.content) ?? refuse(line)
    const into = key === undefined ? tableAbove(root, list ?? table ?? '') : here
    const name = key ?? (list ?? table ?? '').split('.').at(-1) ?? ''
    if (list !== undefined) {
      here = {}
      const before = (into[name] ??= [])
      if (!Array.isArray(before)) refuse(line)
      before.push(here)
      continue
    }
    if (Object.hasOwn(into, name)) refuse(line)
    if (value === undefined) into[name] = here = {}
    else into[name] = asJson(value, line)
  }
  return root
}

/** The table that holds the last name of a path; of a list the table that was begun last. */
function tableAbove(root: Table, path: string): Table {
  return path
    .split('.')
    .slice(0, -1)
    .reduce((table, name) => {
      const next = (table[name] ??= {})
      return (Array.isArray(next) ? next.at(-1) : next) as Table
    }, root)
}

/** Mappings and lists by indentation, of texts with or without quotes. @throws Error on anything else, and on what is said twice */
export function readYaml(text: string): Plain {
  const lines = linesOf(text)

  function block(indent: number): Plain {
    const table: Table = {}
    const list: Plain[] = []
    while (lines[0]?.indent === indent) {
      const line = lines.shift() as Line
      const [, item, key, value] = /^(?:- (.+)|([\w-]+):(?: (.+))?)$/.exec(line.content) ?? refuse(line)
      if (item !== undefined) list.push(scalar(item, line))
      else if (key === undefined || Object.hasOwn(table, key)) refuse(line)
      else table[key] = value === undefined ? block(lines[0]?.indent ?? 0) : scalar(value, line)
      if (list.length > 0 && Object.keys(table).length > 0) refuse(line)
      if (lines[0] && lines[0].indent > indent) refuse(lines[0])
    }
    return list.length > 0 ? list : table
  }

  const all = block(0)
  return lines[0] ? refuse(lines[0]) : all
}

function scalar(text: string, line: Line): Plain {
  const [, single] = /^'([^']*)'$/.exec(text) ?? []
  if (single !== undefined) return single
  if (text.startsWith('"')) return asJson(text, line)
  // What YAML would take for more than a word.
  if (/^[^\w./-]|: | #|^(true|false|yes|no|on|off|null|\d[\d.]*)$/i.test(text)) refuse(line)
  return text
}

interface Line {
  number: number
  indent: number
  content: string
}

/** What is left without comments and empty lines. */
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .map((line, index) => ({
      number: index + 1,
      indent: line.search(/[^ ]|$/),
      content: line.replace(/^ +/, '').trimEnd()
    }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'))

function asJson(text: string, line: Line): Plain {
  try {
    return JSON.parse(text) as Plain
  } catch {
    return refuse(line)
  }
}

function refuse({ number, content }: Line): never {
  throw new Error(`line ${number} is not plain: ${content}`)
}
