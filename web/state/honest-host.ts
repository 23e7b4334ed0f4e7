// Shows an address for what it is: a host name that can be taken for another is shown in its ASCII form, and characters that
// would turn the text around, or can’t be seen, as they are sent.

const AUTHORITY = /^(https?:\/\/)([^/?#]*)(.*)$/isu
const ASCII = /^[\x21-\x7e]*$/
const DOTS = /[.\u3002\uff0e\uff61]/u
/** Latin letters that nobody takes for others; the dotless i, the long s and the like are missing. */
const LATIN_LABEL =
  /^[-a-z0-9\u00df-\u00f6\u00f8-\u012f\u0134-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u017e\u0218-\u021b]+$/iu
/** East Asian writing has several scripts and no letter that looks like a Latin one. */
const EAST_ASIAN_LABEL = /^[-\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u30fc]+$/u
/** Scripts with letters like Latin ones: a host name in them is shown only if it is in them to its end, as `пример.рф` is. */
const OTHER_SCRIPTS = [
  'Cyrillic',
  'Greek',
  'Armenian',
  'Georgian',
  'Hebrew',
  'Arabic',
  'Thai',
  'Devanagari',
  'Bengali',
  'Tamil'
]
const OTHER_HOSTS = OTHER_SCRIPTS.map((script) => new RegExp(String.raw`^[-\p{Script=${script}}\p{M}]+$`, 'u'))
/** Turns text around, or isn't seen. */
const DECEPTIVE = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** The text to show for a link to `url` that was written as `address`. */
export function honestAddress(address: string, url: URL): string {
  const [, scheme = '', authority = '', rest = ''] = AUTHORITY.exec(address) ?? []
  const host = ASCII.test(authority) || isHonest(authority.replace(/:\d*$/, '')) ? authority : url.host
  return scheme + host + rest.replace(DECEPTIVE, encodeURIComponent)
}

function isHonest(host: string): boolean {
  const labels = host.normalize('NFC').split(DOTS)
  const known = (label: string) => LATIN_LABEL.test(label) || EAST_ASIAN_LABEL.test(label)
  return labels.every(known) || OTHER_HOSTS.some((script) => labels.every((label) => script.test(label)))
}
