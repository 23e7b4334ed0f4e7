// `npm run owner-link`: a link for another owner, when those who own the chat have lost their sessions and passkeys. Anyone who may run it
// has the store anyway.
import { noBus } from '../bus/messages.ts'
import { wallClock } from '../clock.ts'
import { createOwnerLink } from '../people/owner-link.ts'
import { createSharedTable } from '../people/shared-table.ts'
import { createStandings } from '../people/standings.ts'
import type { Config } from '../process/config.ts'
import { createLog } from '../process/logger.ts'
import { originOf, ownerLinkAt } from './owner-offer.ts'
import { openStores } from './stores.ts'

/** @throws FolderTaken when a chat runs with the embedded store; StoreUnavailable */
export async function printOwnerLink(config: Config): Promise<void> {
  const { close, table: store, people } = await openStores(config, createLog({ ...config, logLevel: 'error' }))
  try {
    const table = createSharedTable({ store, bus: noBus, clock: wallClock, onError() {} })
    const ownerLink = createOwnerLink({ table, standings: createStandings(table), people, clock: wallClock })
    const secret = await ownerLink.offer({ also: true })
    console.log(
      `The first person to open this link and sign in owns the chat: ${ownerLinkAt(originOf(config), secret ?? '')}`
    )
  } finally {
    await close()
  }
}
