// A push service on this computer: it takes messages as a browser vendor's does, and decrypts them as a browser does.
import { execFileSync } from 'node:child_process'
import { createECDH, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { newFolder } from './folder.ts'
import type { PushPayload } from '../../src/contract.ts'

const { decrypt } = createRequire(createRequire(import.meta.url).resolve('web-push'))('http_ece') as {
  decrypt(body: Buffer, keys: { version: string; privateKey: object; authSecret: string }): Buffer
}

export interface Pushed {
  device: string
  payload: PushPayload
  headers: Record<string, string | string[] | undefined>
}

export async function openPushService() {
  const folder = newFolder()
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const ca = readFileSync(cert, 'utf8')
  const devices = new Map<string, { ecdh: ReturnType<typeof createECDH>; auth: string }>()
  const pushed: Pushed[] = []
  /** What the service answers to each device; 201 when left out. */
  const answers = new Map<string, number[]>()

  const server = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
    void buffer(request).then((body) => {
      const device = request.url?.slice(1) ?? ''
      const keys = devices.get(device)
      const status = answers.get(device)?.shift() ?? 201
      if (keys && status === 201) {
        const text = decrypt(body, { version: 'aes128gcm', privateKey: keys.ecdh, authSecret: keys.auth }).toString()
        pushed.push({ device, payload: JSON.parse(text) as PushPayload, headers: request.headers })
      }
      response.writeHead(keys ? status : 410).end()
    })
  })
  server.listen(0)
  await once(server, 'listening')
  const url = `https://localhost:${(server.address() as AddressInfo).port}`

  return {
    pushed,
    answers,
    /** For `startTestServer`. */
    webPush: { ca, mayReach: () => true },
    /** What a browser gives the page: a subscription. */
    subscribe(name: string) {
      const ecdh = createECDH('prime256v1')
      const p256dh = ecdh.generateKeys('base64url')
      const auth = randomBytes(16).toString('base64url')
      devices.set(name, { ecdh, auth })
      return { endpoint: `${url}/${name}`, p256dh, auth, name }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}
