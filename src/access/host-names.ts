// Log messages about host names when PUBLIC_ORIGIN is not set: one at startup, and one for each refused name.

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
  const own = app === null ? '' : ` and ${app}.fly.dev`
  return `PUBLIC_ORIGIN is not set: pages open at localhost, at IP addresses${own} only. To open the chat under another name, set PUBLIC_ORIGIN to it, like https://chat.example.org.`
}

/** Logs each refused host name once, with the remedy. */
export function logForeignHosts(log: Log): (host: string | undefined) => void {
  const logged = new Set<string>()
  return (host = '') => {
    const name = host.slice(0, NAME_MAX_CHARACTERS)
    if (logged.has(name) || logged.size >= NAMES_MAX) return
    logged.add(name)
    log.warn(
      { host: name },
      'a request for an unknown host name was refused; if people open the chat under it, set PUBLIC_ORIGIN to it, like https://chat.example.org'
    )
  }
}
