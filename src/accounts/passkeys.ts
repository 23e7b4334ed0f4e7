// Passkeys: a person keeps the name with one, and signs in with it on another device. Each ceremony has two steps; the challenge of the
// first is stored, and the second takes it, once.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import * as v from 'valibot'
import type { Clock } from '../clock.ts'
import { isId, type Person } from '../contract.ts'
import type { PasskeySummary, passkeyBodies } from '../contract/accounts.ts'
import { CeremonyFailed } from '../errors.ts'
import type { AccountStore } from '../people/account-store.ts'
import type { Account, Accounts, Passkey } from './accounts.ts'

/** Somebody may have to fetch a phone. */
const CEREMONY_MS = 3 * 60_000
const PASSKEYS_MAX = 20
const NAME_MAX = 60
/** Ed25519, ES256 and RS256 in COSE's numbers: what authenticators have. The library's default looks for those that Node only tries out. */
const ALGORITHMS = [-8, -7, -257]
/** For the ceremony of somebody who is not signed in. */
const NOBODY = ''

/** The page at which a ceremony takes place. */
export interface Site {
  origin: string
  /** The RP id. */
  host: string
}

type AddedPasskey = v.InferOutput<typeof passkeyBodies.added>
type UsedPasskey = v.InferOutput<typeof passkeyBodies.used>

// Loaded at the first ceremony: it takes longer to load than the rest of the server.
const webauthn = () => import('@simplewebauthn/server')

export type Passkeys = ReturnType<typeof createPasskeys>

export function createPasskeys({
  accounts,
  store,
  clock
}: {
  accounts: Accounts
  store: Pick<AccountStore, 'put' | 'take'>
  clock: Pick<Clock, 'now'>
}) {
  const begin = (challenge: string, person: string) => store.put(`passkey-${challenge}`, person, CEREMONY_MS)

  /** @throws CeremonyFailed expired, unless this person began a ceremony with this challenge and has not ended it */
  async function end(clientDataJSON: string, person: string): Promise<string> {
    const challenge = challengeIn(clientDataJSON)
    const begun = challenge === null ? null : await store.take(`passkey-${challenge}`)
    if (challenge === null || begun !== person) throw new CeremonyFailed('expired')
    return challenge
  }

  const change = (person: string, id: string, edit: (account: Account, passkey: Passkey) => Account) =>
    accounts.change(person, (account) => {
      const passkey = account.passkeys.find((each) => each.id === id)
      if (!passkey) throw new CeremonyFailed('passkey-unknown')
      return edit(account, passkey)
    })

  return {
    async list(person: string): Promise<PasskeySummary[]> {
      return (await accounts.read(person)).passkeys.map(summaryOf)
    },

    /** Options for `navigator.credentials.create`. @throws CeremonyFailed passkeys-full; StoreUnavailable */
    async addOptions({ id, name }: Pick<Person, 'id' | 'name'>, { host }: Site) {
      const { passkeys } = await accounts.read(id)
      if (passkeys.length >= PASSKEYS_MAX) throw new CeremonyFailed('passkeys-full')
      const options = await (
        await webauthn()
      ).generateRegistrationOptions({
        rpName: host,
        rpID: host,
        userName: name,
        userDisplayName: name,
        // Comes back at a sign-in, so that the passkey names the person.
        userID: Uint8Array.from(Buffer.from(id, 'base64url')),
        timeout: CEREMONY_MS,
        supportedAlgorithmIDs: ALGORITHMS,
        excludeCredentials: passkeys
          .filter((one) => one.host === host)
          .map(({ id, transports }) => ({ id, transports })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' }
      })
      await begin(options.challenge, id)
      return options
    },

    /** @throws CeremonyFailed expired, passkey-refused, passkeys-full; ChatError sign-in; StoreUnavailable */
    async add(person: string, { origin, host }: Site, { response, name }: AddedPasskey & { name: string }) {
      const expectedChallenge = await end(response.response.clientDataJSON, person)
      const { verifyRegistrationResponse } = await webauthn()
      const { registrationInfo } = await verifyRegistrationResponse({
        response: asRegistration(response),
        expectedChallenge,
        expectedOrigin: origin,
        expectedRPID: host,
        supportedAlgorithmIDs: ALGORITHMS,
        requireUserVerification: false
      }).catch(refuse)
      if (!registrationInfo) throw new CeremonyFailed('passkey-refused')
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential
      const added: Passkey = {
        id,
        key: Buffer.from(publicKey).toString('base64url'),
        counter,
        transports,
        host,
        name: nameFrom(name),
        createdAt: clock.now(),
        usedAt: null
      }
      await accounts.change(person, (account) => {
        if (account.passkeys.length >= PASSKEYS_MAX) throw new CeremonyFailed('passkeys-full')
        return { ...account, passkeys: [...account.passkeys, added] }
      })
      return summaryOf(added)
    },

    /** @throws CeremonyFailed passkey-unknown; StoreUnavailable */
    rename: (person: string, id: string, name: string) =>
      change(person, id, (account, passkey) => replaced(account, { ...passkey, name: nameFrom(name) })),

    /**
     * @param evenLast without any other way to sign in, the name is the person's for 30 days more @throws CeremonyFailed last-passkey,
     * passkey-unknown; StoreUnavailable
     */
    remove: (person: string, id: string, evenLast: boolean) =>
      change(person, id, (account) => {
        const passkeys = account.passkeys.filter((each) => each.id !== id)
        if (passkeys.length === 0 && account.subject === undefined && !evenLast)
          throw new CeremonyFailed('last-passkey')
        return { ...account, passkeys }
      }),

    /** Options for `navigator.credentials.get`, for anyone who has a passkey of this site. @throws StoreUnavailable */
    async signInOptions({ host }: Site) {
      const { generateAuthenticationOptions } = await webauthn()
      const options = await generateAuthenticationOptions({
        rpID: host,
        timeout: CEREMONY_MS,
        userVerification: 'preferred'
      })
      await begin(options.challenge, NOBODY)
      return options
    },

    /** @returns the person's id @throws CeremonyFailed expired, passkey-unknown, passkey-refused; StoreUnavailable */
    async signIn({ origin, host }: Site, { response }: UsedPasskey): Promise<string> {
      const expectedChallenge = await end(response.response.clientDataJSON, NOBODY)
      const person = response.response.userHandle
      const known = isId(person) ? (await accounts.read(person)).passkeys.find(({ id }) => id === response.id) : null
      if (!known || !isId(person)) throw new CeremonyFailed('passkey-unknown')
      const { verifyAuthenticationResponse } = await webauthn()
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: { ...response, clientExtensionResults: {} } as AuthenticationResponseJSON,
        expectedChallenge,
        expectedOrigin: origin,
        expectedRPID: host,
        credential: {
          id: known.id,
          publicKey: Uint8Array.from(Buffer.from(known.key, 'base64url')),
          counter: known.counter
        },
        requireUserVerification: false
      }).catch(refuse)
      if (!verified) throw new CeremonyFailed('passkey-refused')
      const counter = authenticationInfo.newCounter
      await change(person, known.id, (account, passkey) => {
        // Used meanwhile by its copy.
        if (passkey.counter > 0 && counter <= passkey.counter) throw new CeremonyFailed('passkey-refused')
        return replaced(account, { ...passkey, counter, usedAt: clock.now() })
      })
      return person
    }
  }
}

const asRegistration = (response: AddedPasskey['response']) =>
  ({ ...response, clientExtensionResults: {} }) as RegistrationResponseJSON

/** The library says what is wrong with a response in errors of many kinds. */
function refuse(): never {
  throw new CeremonyFailed('passkey-refused')
}

const clientData = v.pipe(v.string(), v.parseJson(), v.object({ challenge: v.pipe(v.string(), v.maxLength(200)) }))

function challengeIn(clientDataJSON: string): string | null {
  const read = v.safeParse(clientData, Buffer.from(clientDataJSON, 'base64url').toString())
  return read.success ? read.output.challenge : null
}

const replaced = (account: Account, passkey: Passkey): Account => ({
  ...account,
  passkeys: account.passkeys.map((each) => (each.id === passkey.id ? passkey : each))
})

const summaryOf = ({ id, name, createdAt, usedAt }: Passkey): PasskeySummary => ({ id, name, createdAt, usedAt })

const nameFrom = (text: string) =>
  Array.from(text.toWellFormed().replace(/\s+/gu, ' ').trim()).slice(0, NAME_MAX).join('')
