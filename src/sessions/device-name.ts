// Names the kind of a device after its User-Agent header: coarsely, because that is all that a person needs to recognize it, and only
// in words of this list, because anybody may send any header.

// In this order: browsers name the ones that they descend from, too.
const PROGRAMS: readonly [RegExp, string][] = [
  [/\bEdg/, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^node\b/i, 'Node'],
  [/^curl\//, 'curl'],
  [/^python/i, 'Python']
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux']
]

/** Like "Firefox, Android"; empty when nothing is recognized. */
export function deviceName(agent = ''): string {
  const first = (kinds: typeof PROGRAMS) => kinds.find(([pattern]) => pattern.test(agent))?.[1]
  return [first(PROGRAMS), first(SYSTEMS)].filter((part) => part !== undefined).join(', ')
}
