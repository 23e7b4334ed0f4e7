// What the values of environment variables may look like. Each schema completes the sentence that begins with the variable's name.
import * as v from 'valibot'

export const text = v.string()

export function minutes() {
  const message = 'must be a number of minutes above 0 and below 10000'
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,4}(\.\d{1,6})?$/, message),
    v.transform(Number),
    v.check((number) => number > 0, message)
  )
}

export function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, message),
    v.transform(Number),
    v.minValue(min, message),
    v.maxValue(max, message)
  )
}

export const port = (min: number) => whole(min, 65_535)

export function bytes(min: number) {
  const message = `must be a whole number of bytes, at least ${min}`
  return v.pipe(v.string(), v.regex(/^\d{1,15}$/, message), v.transform(Number), v.minValue(min, message))
}

export function grammar(pattern: RegExp, message: string) {
  return v.pipe(v.string(), v.regex(pattern, message))
}

export function address(protocols: readonly string[], message: string) {
  const fits = (value: string) => protocols.includes(URL.parse(value)?.protocol ?? '') && URL.parse(value)?.host !== ''
  return v.pipe(v.string(), v.check(fits, message))
}

export const atLeast = (characters: number) =>
  v.pipe(
    v.string(),
    v.minLength(
      characters,
      `is too short to be safe: use at least ${characters} random characters (openssl rand -base64 48)`
    )
  )

export const list = (value: string) => value.split(',').map((item) => item.trim())

const isOrigin = (value: string) => /^https?:/.test(value) && URL.parse(value)?.origin === value
const ORIGIN_REMEDY =
  'write it as the browser does, like https://chat.example.org: lower case, no path, no slash at the end'
export const origin = v.pipe(v.string(), v.check(isOrigin, `must be one origin; ${ORIGIN_REMEDY}`))
export const originList = v.pipe(
  v.string(),
  v.check(
    (value) => !value.includes('*'),
    'must not contain *: any page could then act in the name of its visitors. List the origins that you trust'
  ),
  v.transform(list),
  v.everyItem(isOrigin, `must be origins separated by commas; ${ORIGIN_REMEDY}`)
)

/** Without TLS only on this computer, for trying it out. */
function isIssuer(value: string): boolean {
  const { protocol, hostname, search, hash } = URL.parse(value) ?? {}
  const isHere = hostname === 'localhost' || hostname === '127.0.0.1'
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && search === '' && hash === ''
}

export const issuer = v.pipe(
  v.string(),
  v.check(isIssuer, 'must be an address that begins with https://, without ? or #, as the provider writes it')
)
