// While nobody owns the chat, each start prints a link for the first owner. The one that was printed last works.
import type { Clock } from '../clock.ts'
import { StoreUnavailable } from '../errors.ts'
import type { OwnerLink } from '../people/owner-link.ts'
import type { Config } from '../process/config.ts'
import type { Log } from '../process/logger.ts'

/** While the store is unavailable. */
const AGAIN_AFTER_MS = 10_000

/** Where people open the chat, as far as the configuration says. */
export const originOf = ({ publicOrigin, app, port }: Pick<Config, 'publicOrigin' | 'app' | 'port'>): string =>
  publicOrigin ?? (app === null ? `http://localhost:${port}` : `https://${app}.fly.dev`)

export const ownerLinkAt = (origin: string, secret: string) => `${origin}/#owner=${secret}`

/** Returns what ends the attempts. */
export function offerOwnerLink(options: {
  ownerLink: Pick<OwnerLink, 'offer'>
  origin: string
  clock: Clock
  log: Pick<Log, 'info' | 'error'>
}): () => void {
  const { ownerLink, origin, clock, log } = options
  let stop = () => {}
  let stopped = false

  async function offer() {
    try {
      const secret = await ownerLink.offer()
      if (secret !== null)
        log.info(
          `Nobody owns this chat. The first person to open this link and sign in becomes its owner: ${ownerLinkAt(origin, secret)}`
        )
    } catch (cause) {
      if (!(cause instanceof StoreUnavailable)) log.error({ err: cause }, 'no owner link could be made')
      else if (!stopped) stop = clock.after(AGAIN_AFTER_MS, () => void offer())
    }
  }

  void offer()
  return () => {
    stopped = true
    stop()
  }
}
