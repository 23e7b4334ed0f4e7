// The address of the server that a program names.
import { ClientError } from './client-error.ts'

/** @throws ClientError for anything but an origin: a path would be lost */
export function originOf(address: string): string {
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`)
    throw new ClientError('bad-request', 'url must be an address without a path, like https://chat.example.org')
  return url.origin
}
