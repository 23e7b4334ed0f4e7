// An authenticator in software, which signs whatever a test wants: also for the wrong address, or twice.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON
} from '@simplewebauthn/server'

const USER_PRESENT = 0x01
const HAS_CREDENTIAL = 0x40

export interface At {
  origin: string
  /** The RP id. */
  host?: string
}

export function createAuthenticator() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(16)
  let counter = 0
  let userHandle = ''

  function authData(host: string, flags: number, credential = Buffer.alloc(0)) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE((counter += 1))
    return Buffer.concat([createHash('sha256').update(host).digest(), Buffer.from([flags]), count, credential])
  }
  const clientData = (type: string, challenge: string, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  const about = { id: base64url(id), rawId: base64url(id), type: 'public-key' }

  return {
    id: base64url(id),
    /** As an authenticator whose copy counts, too. */
    setCounter: (to: number) => void (counter = to),
    /** As of another person. */
    setUserHandle: (to: string) => void (userHandle = to),

    create(options: PublicKeyCredentialCreationOptionsJSON, { origin, host = new URL(origin).hostname }: At) {
      userHandle = options.user.id
      const key = isoCBOR.encode(
        new Map<number, number | Uint8Array>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, Buffer.from(x, 'base64url')],
          [-3, Buffer.from(y, 'base64url')]
        ])
      )
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authData(host, USER_PRESENT | HAS_CREDENTIAL, credential))]
      ])
      const attestationObject = base64url(isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0]))
      const clientDataJSON = base64url(clientData('webauthn.create', options.challenge, origin))
      return { ...about, response: { clientDataJSON, attestationObject, transports: ['internal'] } }
    },

    get({ challenge }: PublicKeyCredentialRequestOptionsJSON, { origin, host = new URL(origin).hostname }: At) {
      const data = authData(host, USER_PRESENT)
      const client = clientData('webauthn.get', challenge, origin)
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      const signature = base64url(sign('sha256', signed, privateKey))
      const response = { clientDataJSON: base64url(client), authenticatorData: base64url(data), signature, userHandle }
      return { ...about, response }
    }
  }
}
