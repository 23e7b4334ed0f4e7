// The Web Push protocol: encrypts a payload for one device, and hands it to the device's push service.
import { createECDH } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { request } from 'node:https'
import { BlockList, isIP } from 'node:net'
import webPush from 'web-push'
import type { PushPayload } from '../contract.ts'
import type { PushMessage } from './push.ts'
import type { AlertsStore } from './store.ts'

const WITHIN_MS = 10_000
/** A device that is off for longer does not get the message. */
const STORED_BY_SERVICE_S = 24 * 60 * 60
/** Bytes of a text: a payload has 4,096 in all. */
const TEXT_MAX_BYTES = 1_000
/** The longest text of a header `Topic`. */
const TOPIC_MAX = 32

export interface VapidKeys {
  publicKey: string
  privateKey: string
}

/**
 * The keys by which push services know this chat: those of this private key, or made once, in the store.
 * @throws StoreUnavailable
 */
export async function vapidKeys(store: AlertsStore, privateKey: string | null): Promise<VapidKeys> {
  if (privateKey !== null) {
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(privateKey, 'base64url')
    return { privateKey, publicKey: pair.getPublicKey('base64url') }
  }
  return JSON.parse(await store.once('vapid', JSON.stringify(webPush.generateVAPIDKeys()))) as VapidKeys
}

export interface WebPushOptions {
  store: AlertsStore
  privateKey: string | null
  /** Whom a push service can write to, as the address of a page or of mail. */
  subject: string
  /** Whether a push service may be at this address. */
  mayReach?: (address: string) => boolean
  /** Certificates to trust instead of the known ones. */
  ca?: string
}

export interface WebPush {
  send: PushMessage
  /** By which browsers know this chat. @throws StoreUnavailable */
  publicKey(): Promise<string>
}

export function createWebPush({ store, privateKey, subject, mayReach = isPublic, ca }: WebPushOptions): WebPush {
  let reading: Promise<VapidKeys> | null = null
  function keys() {
    reading ??= vapidKeys(store, privateKey)
    reading.catch(() => (reading = null))
    return reading
  }

  async function send(...[{ endpoint, p256dh, auth }, payload]: Parameters<PushMessage>) {
    const details = webPush.generateRequestDetails(
      { endpoint, keys: { p256dh, auth } },
      JSON.stringify(short(payload)),
      {
        vapidDetails: { subject, ...(await keys()) },
        TTL: STORED_BY_SERVICE_S,
        contentEncoding: 'aes128gcm',
        topic: Buffer.from(payload.room).toString('base64url').slice(-TOPIC_MAX),
        urgency: 'high'
      }
    )
    const { hostname } = new URL(endpoint)
    // The address that was checked is the one that is connected to.
    const { address, family } = await lookup(hostname)
    if (!mayReach(address)) throw new Error(`the push service ${hostname} is in a private network`)
    return post(endpoint, details, { address, family, ca })
  }
  return { send, publicKey: async () => (await keys()).publicKey }
}

function post(
  endpoint: string,
  { headers, body }: { headers: Record<string, string | number>; body: Buffer },
  { address, family, ca }: { address: string; family: number; ca: string | undefined }
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      endpoint,
      {
        method: 'POST',
        headers,
        signal: AbortSignal.timeout(WITHIN_MS),
        lookup: (_host, _options, found) => found(null, [{ address, family }]),
        ...(ca && { ca })
      },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      }
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function short({ text, ...payload }: PushPayload): PushPayload {
  if (text === undefined) return payload
  const bytes = Buffer.from(text)
  return { ...payload, text: bytes.length > TEXT_MAX_BYTES ? `${bytes.subarray(0, TEXT_MAX_BYTES).toString()}…` : text }
}

const hidden = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3]
] as const)
  hidden.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96]
] as const)
  hidden.addSubnet(net, bits, 'ipv6')

/** Whether an address is on the internet, and not in the server's own network. */
export const isPublic = (address: string): boolean => !hidden.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
