// The parts that know no sockets and no HTTP: chat, people and sessions, on the stores and the bus.
import { randomUUID } from 'node:crypto'
import { createAccounts, type Accounts } from '../accounts/accounts.ts'
import { createLinks, type Links } from '../accounts/links.ts'
import { OIDC_CALLBACK, createOidc, type Oidc } from '../accounts/oidc.ts'
import { createPasskeys, type Passkeys } from '../accounts/passkeys.ts'
import { noBus } from '../bus/messages.ts'
import { createChat, type Chat } from '../chat/chat.ts'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../http/metrics.ts'
import { createIdentity, moderatorProof, type Identity } from '../identity.ts'
import { measureLog } from '../log/measured.ts'
import { createRestrictions, type Restrictions } from '../people/restrictions.ts'
import { createEntry, type Entry } from '../people/entry.ts'
import { createInvitations } from '../people/invitations.ts'
import { createOwnerLink, type OwnerLink } from '../people/owner-link.ts'
import { createRegistry, type Registry } from '../people/registry.ts'
import type { WebPush, WebPushOptions } from '../alerts/web-push.ts'
import { createSharedTable, type SharedTable } from '../people/shared-table.ts'
import { createStandings, type Standings } from '../people/standings.ts'
import { createPeople, type People, type PresenceTiming } from '../presence/presence.ts'
import { aloneTiming } from '../presence/timing.ts'
import type { Config } from '../process/config.ts'
import { createDevices, type Devices } from '../sessions/devices.ts'
import { createRevocationList, type RevocationList } from '../sessions/revocation-list.ts'
import type { Stores } from './stores.ts'

export interface Core {
  chat: Chat
  people: People
  revocations: RevocationList
  identity: Identity
  registry: Registry
  devices: Devices
  table: SharedTable
  standings: Standings
  restrictions: Restrictions
  passkeys: Passkeys
  entry: Entry
  ownerLink: OwnerLink
  links: Links
  accounts: Accounts
  oidc: Oidc | null
  /** Store calls that are not answered yet. */
  pendingCalls(): number
}

/** Where no origin is configured, push services cannot write to anybody about this chat. */
const PUSH_SUBJECT = 'mailto:nobody@localhost'

export function createCore(options: {
  config: Config
  stores: Stores
  metrics: Metrics
  clock: Clock
  presenceTiming: Partial<PresenceTiming>
  /** For tests: a push service on this computer. */
  webPush?: Partial<WebPushOptions> | undefined
  onError(cause: unknown): void
  /** The log's store has answered, with a result or a refusal. */
  onStoreAnswer(): void
}): Core {
  const { config, stores, metrics, clock, presenceTiming, onError, onStoreAnswer } = options
  const bus = stores.redisBus ?? noBus
  let webPush: Promise<WebPush> | null = null
  /** Loaded with the first use: a start does not need it. */
  async function loadWebPush() {
    const { createWebPush } = await import('../alerts/web-push.ts')
    const { alerts: store } = stores
    const subject = config.publicOrigin ?? PUSH_SUBJECT
    return createWebPush({ store, privateKey: config.vapidPrivateKey, subject, ...options.webPush })
  }
  const revocations = createRevocationList({ store: stores.revocations, bus, clock, onError })
  const devices = createDevices({
    store: stores.devices,
    revocations,
    clock,
    region: config.region,
    onEnding: (person) => registry.forgetSecret(person),
    onError
  })
  const table = createSharedTable({ store: stores.table, bus, clock, onError })
  const standings = createStandings(table, { proof: moderatorProof(config.sessionSecret, config.moderatorToken) })
  const restrictions = createRestrictions({ table, standings, secret: config.sessionSecret, clock, onError })
  const invitations = createInvitations({ table, standings, clock })
  const ownerLink = createOwnerLink({ table, standings, people: stores.people, clock })
  const entry = createEntry({ access: config.access, invitations, ownerLink, table })
  const identity = createIdentity({
    secret: config.sessionSecret,
    now: clock.now,
    moderatorToken: config.moderatorToken,
    roleOf: (person) => standings.of(person).role,
    mutedOf: restrictions.mutedOf,
    colorOf: (person) => standings.of(person).color,
    async isRevoked(session) {
      await table.ready()
      return revocations.isRevoked(session)
    }
  })

  let pending = 0
  const chat = createChat({
    log: measureLog(stores.log, {
      called: () => (pending += 1),
      answered(operation, seconds, ok) {
        pending -= 1
        if (ok) onStoreAnswer()
        metrics.storeSeconds.observe({ operation }, seconds)
      },
      failed(operation, cause) {
        onError(cause)
        metrics.storeErrors.inc({ operation })
      }
    }),
    bus,
    clock,
    reads: stores.reads,
    alerts: stores.alerts,
    sendPush: async (...message) => (await (webPush ??= loadWebPush())).send(...message),
    pushKey: async () => (await (webPush ??= loadWebPush())).publicKey(),
    roomLimit: config.roomLimit,
    persons: stores.people,
    table,
    standings,
    restrictions,
    invitations,
    rate: config.rate,
    onError,
    onRepair: (what) => (what === 'hole' ? metrics.feedRepairs : metrics.epochChanges).inc(),
    onExceeded: (budget) => metrics.budgetExceeded.inc({ budget })
  })
  const people = createPeople({
    store: stores.presence,
    bus,
    clock,
    instance: config.instance,
    boot: randomUUID(),
    region: config.region,
    timing: { ...(stores.embedded && aloneTiming), ...presenceTiming },
    onChange: chat.peopleChanged,
    onShared: chat.keyShared,
    onError
  })
  chat.meet(people)
  const registry = createRegistry({ store: stores.people, people, clock, onError })
  const accounts = createAccounts(stores.accounts)
  const oidc =
    config.oidc &&
    createOidc({
      config: config.oidc,
      redirectUri: `${config.publicOrigin}${OIDC_CALLBACK}`,
      store: stores.accounts,
      onError
    })
  const passkeys = createPasskeys({ accounts, store: stores.accounts, clock })
  return {
    chat,
    people,
    revocations,
    identity,
    registry,
    devices,
    table,
    standings,
    restrictions,
    passkeys,
    entry,
    ownerLink,
    accounts,
    oidc,
    links: createLinks({ store: stores.accounts, revocations }),
    pendingCalls: () => pending
  }
}
