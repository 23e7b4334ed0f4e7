// Log messages about host names, origins and proxies: one at startup when PUBLIC_ORIGIN is not set, and one for each that does not count.

interface Log {
  warn(details: object, sentence: string): void
}

/** The settings that decide about host names. */
interface HostSettings {
  publicOrigin: string | null
  /** The address to listen on; null for all. */
  host: string | null
  /** The app's name on Fly. */
  app: string | null
}

/** Names that are logged. Anybody may send any number of them. */
const NAMES_MAX = 20
const NAME_MAX_CHARACTERS = 100
const LOOPBACK = /^(127\.|localhost$|::1$)/

/** The sentence for startup; null when PUBLIC_ORIGIN is set, or only this computer can reach the port. */
export function servedHosts({ publicOrigin, host, app }: HostSettings): string | null {
  if (publicOrigin !== null || LOOPBACK.test(host ?? '')) return null
  const own = app === null ? ' and IP addresses' : `, IP addresses and ${app}.fly.dev`
  return `PUBLIC_ORIGIN is not set: pages open at localhost${own} only. To open the chat under another name, set PUBLIC_ORIGIN to it, like https://chat.example.org.`
}

/** Logs each refused host name once, with the remedy. */
export function logForeignHosts(log: Log): (host: string | undefined) => void {
  const once = logOnce(
    log,
    'a request for an unknown host name was refused; if people open the chat under it, set PUBLIC_ORIGIN to it, like https://chat.example.org; if a proxy in front wrote it, let the proxy forward Host, or list it in TRUSTED_PROXIES'
  )
  return (host = '') => once(host, { host })
}

/** Logs each origin whose pages are refused once, with the remedies. */
export function logRefusedOrigins(log: Log): (origin: string, host: string | undefined) => void {
  const once = logOnce(
    log,
    'a page of this origin was refused; if people open the chat there, set PUBLIC_ORIGIN to it, and let the proxy in front forward Host; if its visitors may be guests, add it to ALLOWED_ORIGINS'
  )
  return (origin, host = '') => once(origin, { origin, host })
}

/** Logs each proxy whose X-Forwarded-For is ignored once, with the remedy. */
export function logIgnoredProxies(log: Log): (proxy: string) => void {
  const once = logOnce(
    log,
    'X-Forwarded-For of this address is ignored, so all people behind it share the limits of one; if it is your proxy, add it to TRUSTED_PROXIES'
  )
  return (proxy) => once(proxy, { proxy })
}

function logOnce(log: Log, sentence: string) {
  const logged = new Set<string>()
  const short = (name: string) => name.slice(0, NAME_MAX_CHARACTERS)
  return (name: string, details: Record<string, string>) => {
    if (logged.has(short(name)) || logged.size >= NAMES_MAX) return
    logged.add(short(name))
    log.warn(Object.fromEntries(Object.entries(details).map(([key, value]) => [key, short(value)])), sentence)
  }
}
