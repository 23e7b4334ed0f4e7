// The HTTP API for tests, without a port: a real chat on a real log in memory, real sessions, a real build of two files.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { createChat } from '../chat/chat.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { createPeople } from '../presence/presence.ts'
import { createAccounts } from '../accounts/accounts.ts'
import { createLinks } from '../accounts/links.ts'
import { createPasskeys } from '../accounts/passkeys.ts'
import type { AccountStore } from '../people/account-store.ts'
import { openSqliteAccounts } from '../people/sqlite-accounts.ts'
import { createDevices } from '../sessions/devices.ts'
import { createRevocationList } from '../sessions/revocation-list.ts'
import { LOBBY, type SessionAnswer } from '../contract.ts'
import { createIdentity } from '../identity.ts'
import { createLog } from '../process/logger.ts'
import { createOrigins } from '../origins.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { createRegistry } from '../people/registry.ts'
import { openSqlitePeople } from '../people/sqlite.ts'
import { openSqliteDevices } from '../sessions/sqlite-devices.ts'
import { openSqliteAlerts } from '../alerts/sqlite.ts'
import { openSqliteReads } from '../reads/sqlite.ts'
import { createEntry } from '../people/entry.ts'
import { createInvitations } from '../people/invitations.ts'
import { createOwnerLink } from '../people/owner-link.ts'
import { createSharedTable } from '../people/shared-table.ts'
import { createRestrictions } from '../people/restrictions.ts'
import { createStandings } from '../people/standings.ts'
import { openSqliteTable } from '../people/table-sqlite.ts'
import { openSqliteRevocations } from '../sessions/sqlite.ts'
import type { PresenceStore } from '../presence/store.ts'
import { createPresenceMemory } from '../presence/store.ts'
import type { RevocationStore } from '../sessions/store.ts'
import { createProxies } from '../access/proxies.ts'
import { createUnsentBudget } from '../access/unsent.ts'
import { createApp, type AppOptions } from './app.ts'
import { NOT_FOUND_PAGES, openAssets } from './static.ts'

export const HOST = 'localhost:3000'
/** Headers of our own page, of a guest's page, and of a page of an unknown origin. */
export const OWN_PAGE = { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' }
export const GUEST_PAGE = { origin: 'http://localhost:5500', 'sec-fetch-site': 'same-site' }
/** The address of a proxy whose headers count. */
export const TRUSTED_PROXY = '192.0.2.200'
export const UNKNOWN_PAGE = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }

export interface Ask {
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown
  token?: string
  headers?: Record<string, string>
  /** The address of the client. */
  from?: string
}

/** Status and JSON body of an answer. */
export const outcome = async (answer: Response): Promise<[number, unknown]> => [answer.status, await answer.json()]

export type OpenApp = Awaited<ReturnType<typeof openApp>>

type AppToOpen = AppOptions['config'] &
  Pick<AppOptions, 'readiness' | 'oidc'> & {
    presenceStore: PresenceStore
    revocationStore: RevocationStore
    /** Replaces what it gets by a store that fails. */
    failing: (store: AccountStore) => AccountStore
    clock: ReturnType<typeof standingClock>
    roomLimit: number
  }

export async function openApp({
  presenceStore,
  revocationStore,
  failing = (store) => store,
  clock = standingClock(Date.UTC(2026, 0, 1)),
  roomLimit = 5,
  ...options
}: Partial<AppToOpen> = {}) {
  const lines: string[] = []
  const { log: messageLog, file } = await openSqliteStores({ path: ':memory:', historyLimit: 2_000, now: clock.now })
  const store = openSqliteRevocations(file)
  const persons = openSqlitePeople(file)
  const config = {
    region: 'waw',
    instance: 'one',
    publicOrigin: null,
    moderatorToken: 'a moderator token of a test',
    guestProtocols: true,
    access: 'open' as const,
    ...options
  }
  const log = createLog({ ...config, logLevel: 'info' }, { write: (line) => void lines.push(line) })
  const tableStore = openSqliteTable(file)
  const table = createSharedTable({ store: tableStore, bus: noBus, clock, onError() {} })
  const standings = createStandings(table)
  const secret = 'a secret of a test that is long enough'
  const restrictions = createRestrictions({ table, standings, secret, clock, onError() {} })
  const invitations = createInvitations({ table, standings, clock })
  const ownerLink = createOwnerLink({ table, standings, people: persons, clock })
  const entry = createEntry({ access: config.access, invitations, ownerLink, table })
  const chat = createChat({
    log: messageLog,
    bus: noBus,
    clock,
    roomLimit,
    persons,
    table,
    standings,
    restrictions,
    invitations,
    reads: openSqliteReads(file),
    alerts: openSqliteAlerts(file),
    sendPush: () => Promise.reject(),
    pushKey: async () => 'a key',
    rate: { burst: 60, perSecond: 20 },
    onError: (cause) => log.error({ err: cause })
  })
  const people = createPeople({
    store: presenceStore ?? createPresenceMemory(),
    timing: { writeGapMs: 0 },
    bus: noBus,
    clock,
    instance: 'one',
    boot: 'boot',
    region: 'waw',
    onChange: chat.peopleChanged
  })
  chat.meet(people)
  await people.start()
  const allowed = config.publicOrigin === null ? 'loopback' : []
  const revocations = createRevocationList({ store: revocationStore ?? store, bus: noBus, clock, onError() {} })
  const devices = createDevices({
    store: openSqliteDevices(file),
    revocations,
    clock,
    region: 'waw',
    onEnding: (person) => registry.forgetSecret(person),
    onError: (cause) => log.error({ err: cause })
  })
  const attempts: string[] = []
  const identity = createIdentity({
    secret,
    now: Date.now,
    moderatorToken: config.moderatorToken,
    isRevoked: revocations.isRevoked,
    roleOf: (person) => standings.of(person).role,
    mutedOf: restrictions.mutedOf
  })
  const registry = createRegistry({ store: persons, people, clock, onError() {} })
  const accountStore = failing(openSqliteAccounts(file))
  const accounts = createAccounts(accountStore)
  const passkeys = createPasskeys({ accounts, store: accountStore, clock })
  const app = createApp({
    chat,
    people,
    identity,
    revocations,
    registry,
    passkeys,
    accounts,
    oidc: options.oidc ?? null,
    links: createLinks({ store: accountStore, revocations }),
    devices,
    standings,
    restrictions,
    entry,
    clock,
    onModeratorAttempt: (result) => void attempts.push(result),
    origins: createOrigins({ publicOrigin: config.publicOrigin, allowed }),
    assets: openAssets(builtWeb()),
    config,
    readiness: options.readiness ?? (() => ({ ready: true, details: { hears: true } })),
    log,
    unsent: createUnsentBudget({ limits: { addressBytes: Infinity, processBytes: Infinity }, clock, onCut: () => {} }),
    proxies: createProxies({ publicOrigin: config.publicOrigin, trustedProxies: [TRUSTED_PROXY], isOnFly: false })
  })
  onTestFinished(async () => {
    await chat.close()
    await people.close()
    await messageLog.close()
  })

  const ask = async (method: string, path: string, { body, token, headers = {}, from = '192.0.2.1' }: Ask = {}) =>
    app.request(
      path,
      {
        method,
        headers: {
          host: HOST,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
      },
      { incoming: { socket: { remoteAddress: from }, headers } }
    )

  return {
    app,
    ask,
    chat,
    people,
    clock,
    messageLog,
    revocations,
    registry,
    ownerLink,
    invitations,
    standings,
    /** What the table's store does; a test may make it fail. */
    tableStore,
    /** Results of sign-ins with a moderator token. */
    attempts,
    /** Lines of the log. */
    lines,

    /** Everything that is stored, which a refusal must not change. */
    async stored() {
      const rooms = await messageLog.rooms()
      const heads = Object.fromEntries(await messageLog.heads())
      return JSON.stringify({ rooms, heads })
    },

    async signIn(name: string, moderator?: string): Promise<SessionAnswer> {
      const answer = await ask('POST', '/api/session', { body: { name, ...(moderator && { moderator }) } })
      if (answer.status !== 201) throw new Error(await answer.text())
      return (await answer.json()) as SessionAnswer
    },

    /** Makes a person present, as with an open page. */
    async arrive({ person }: SessionAnswer, room = LOBBY) {
      const { key, name } = person
      await people.arrive(room, { key, name, guest: false, region: 'waw' }, `connection of ${key}`)
    }
  }
}

function builtWeb(): string {
  const dir = newFolder()
  mkdirSync(join(dir, 'assets'))
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>Taifas</title>')
  writeFileSync(join(dir, 'assets/main-ABC.js'), 'export {}')
  const languages = ['en', 'pl', 'ro'].map((language) => `${NOT_FOUND_PAGES}/${language}.html`)
  mkdirSync(join(dir, NOT_FOUND_PAGES))
  for (const file of languages) writeFileSync(join(dir, file), `<!doctype html><title>${file}</title>`)
  const files = ['index.html', 'assets/main-ABC.js', ...languages]
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ build: '0123abcd', inputs: '', dev: false, files }))
  return dir
}
