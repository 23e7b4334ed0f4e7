import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on PORT and prints the address, as the chat does. */
export function isUp(http: Server): void {
  http.listen(Number(process.env['PORT']), '127.0.0.1', () =>
    console.log(JSON.stringify({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }))
  )
}
