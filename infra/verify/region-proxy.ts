// A local proxy that leads to a region of choice: it adds the header by which Fly's proxy prefers a region (Fly docs, request headers).
// The published client can't send headers.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'

const HOST = '127.0.0.1'
export const PREFER_REGION = 'fly-prefer-region'

/** @returns the address of the proxy, which ends with this process */
export async function openRegionProxy(target: string, region: string): Promise<string> {
  const { protocol, hostname: host, host: hostHeader, port } = new URL(target)
  const isTls = protocol === 'https:'
  const to = { host, port: Number(port) || (isTls ? 443 : 80) }
  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => near.destroy())
    near.once('data', (head: Buffer) => {
      const far = isTls ? connectTls({ ...to, servername: host }) : connect(to)
      far.on('error', () => near.destroy()).on('close', () => near.destroy())
      near.on('close', () => far.destroy())
      // One request for each connection, so that every request gets the header.
      const text = head.toString('latin1').replace(/^host:.*$/im, `host: ${hostHeader}`)
      const single = text.replace(/^connection: keep-alive$/im, 'connection: close')
      far.write(single.replace('\r\n', `\r\n${PREFER_REGION}: ${region}\r\n`), 'latin1')
      near.pipe(far).pipe(near)
    })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
}
