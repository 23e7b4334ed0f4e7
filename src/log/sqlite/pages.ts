// Reads the rows of a damaged SQLite file page by page, without its trees: a damaged page costs its own rows and no others. Removed rows
// are not found, because the store wipes them. https://sqlite.org/fileformat2.html
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import type { SQLOutputValue } from 'node:sqlite'

export type RawRow = SQLOutputValue[]

const FILE_HEADER_BYTES = 100
const PAGE_BYTES_AT = 16
const CELLS_AT = 3
const PAGE_BYTES_MIN = 512
const WAL_HEADER_BYTES = 32
const WAL_FRAME_HEADER_BYTES = 24
const DEFAULT_PAGE_BYTES = 4_096
const POINTER_BYTES = 4
/** Far more than any row of the store. A damaged size must not fill the memory. */
const ROW_BYTES_MAX = 1_000_000
/** Kinds of pages with rows, with the size of their headers. Rows of tables WITHOUT ROWID are in the pages of an index. */
const HEADERS: Readonly<Record<number, number>> = { 0x0d: 8, 0x0a: 8, 0x02: 12 }
const TABLE_LEAF = 0x0d
const INDEX_INTERIOR = 0x02

/** Every row that can be decoded, of any table or index. A row of a table with a numeric key has null in the place of that key. */
export function* readRows(path: string): Generator<{ rowid: bigint | null; values: RawRow }> {
  const file = openSync(path, 'r')
  try {
    const read = (at: number, length: number) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, at))
    }
    const header = read(0, FILE_HEADER_BYTES)
    const given = header.length === FILE_HEADER_BYTES ? header.readUInt16BE(PAGE_BYTES_AT) : 0
    const pageBytes = given >= PAGE_BYTES_MIN && (given & (given - 1)) === 0 ? given : DEFAULT_PAGE_BYTES
    const newer = walPages(`${path}-wal`, pageBytes)
    const page = (number: number) => newer.get(number) ?? read((number - 1) * pageBytes, pageBytes)
    const pages = Math.max(Math.floor(fstatSync(file).size / pageBytes), ...newer.keys())
    for (let number = 1; number <= pages; number += 1) {
      const bytes = page(number)
      if (bytes.length === pageBytes) yield* rowsOf(bytes, number === 1 ? FILE_HEADER_BYTES : 0, page)
    }
  } finally {
    closeSync(file)
  }
}

/** @param start the first page begins with the header of the file */
function* rowsOf(bytes: Buffer, start: number, page: (number: number) => Buffer) {
  const kind = bytes.readUInt8(start)
  const header = HEADERS[kind]
  if (header === undefined) return
  for (let cell = 0; cell < bytes.readUInt16BE(start + CELLS_AT); cell += 1) {
    try {
      yield cellAt(bytes, bytes.readUInt16BE(start + header + 2 * cell), kind, page)
    } catch {
      // Damaged: it names bytes that are not there, or does not add up.
    }
  }
}

/** Committed pages that are still in the write-ahead log. */
function walPages(path: string, pageBytes: number): Map<number, Buffer> {
  const committed = new Map<number, Buffer>()
  const wal = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const salts = wal.subarray(16, 24)
  let open: [number, Buffer][] = []
  const frame = WAL_FRAME_HEADER_BYTES + pageBytes
  for (let at = WAL_HEADER_BYTES; at + frame <= wal.length; at += frame) {
    // From an earlier use of the file.
    if (!wal.subarray(at + 8, at + 16).equals(salts)) break
    open.push([wal.readUInt32BE(at), wal.subarray(at + WAL_FRAME_HEADER_BYTES, at + frame)])
    if (wal.readUInt32BE(at + 4) === 0) continue
    for (const [number, bytes] of open) committed.set(number, bytes)
    open = []
  }
  return committed
}

function cellAt(bytes: Buffer, at: number, kind: number, page: (number: number) => Buffer) {
  let place = kind === INDEX_INTERIOR ? at + POINTER_BYTES : at
  const next = () => {
    const [value, length] = varint(bytes, place)
    place += length
    return value
  }
  const size = Number(next())
  if (size > ROW_BYTES_MAX) throw new RangeError('no size of a row')
  const rowid = kind === TABLE_LEAF ? BigInt.asIntN(64, next()) : null
  const most = kind === TABLE_LEAF ? bytes.length - 35 : Math.floor(((bytes.length - 12) * 64) / 255) - 23
  const least = Math.floor(((bytes.length - 12) * 32) / 255) - 23
  const perPage = bytes.length - POINTER_BYTES
  const part = least + ((size - least) % perPage)
  const local = size <= most ? size : part <= most ? part : least
  const parts = [bytes.subarray(place, place + local)]
  let missing = size - local
  for (let number = missing > 0 ? bytes.readUInt32BE(place + local) : 0; missing > 0;) {
    const more = page(number)
    parts.push(more.subarray(POINTER_BYTES, POINTER_BYTES + Math.min(missing, perPage)))
    missing -= perPage
    number = more.readUInt32BE(0)
  }
  return { rowid, values: record(Buffer.concat(parts), size) }
}

function record(bytes: Buffer, size: number): RawRow {
  const values: RawRow = []
  const [headerBytes, first] = varint(bytes, 0)
  let body = Number(headerBytes)
  for (let at = first; at < Number(headerBytes);) {
    const [type, length] = varint(bytes, at)
    at += length
    const bytesHere = typeBytes(Number(type))
    values.push(valueOf(Number(type), bytes.subarray(body, body + bytesHere)))
    body += bytesHere
  }
  if (bytes.length !== size || body !== size) throw new RangeError('a record that does not add up')
  return values
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]
const REAL = 7
const ONE = 9
const FIRST_BLOB = 12
const typeBytes = (type: number) => INTEGER_BYTES[type] ?? (type - FIRST_BLOB) >> 1

function valueOf(type: number, bytes: Buffer): SQLOutputValue {
  if (type === 0) return null
  if (type === REAL) return bytes.readDoubleBE()
  if (type >= FIRST_BLOB)
    return type % 2 === 0 ? new Uint8Array(bytes) : new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  if (type > ONE) throw new RangeError('no type')
  if (bytes.length === 0) return BigInt(type === ONE)
  return bytes.length === 8 ? bytes.readBigInt64BE() : BigInt(bytes.readIntBE(0, bytes.length))
}

/** Big-endian, seven bits a byte; the ninth byte has eight. Returns the number and its length. */
function varint(bytes: Buffer, at: number): [value: bigint, length: number] {
  let value = 0n
  for (let n = 0; n < 9; n += 1) {
    const byte = bytes.readUInt8(at + n)
    if (n === 8) return [(value << 8n) | BigInt(byte), 9]
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) return [value, n + 1]
  }
  throw new RangeError('no number')
}
