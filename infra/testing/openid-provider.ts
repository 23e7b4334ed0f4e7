// A real OpenID provider on loopback, and the browser of somebody who signs in there.
import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const CLIENT = { clientId: 'chat', clientSecret: 'a secret that only the two know' }

/** @param redirectUri of the chat */
export async function startProvider(redirectUri: string) {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: [redirectUri] }],
    cookies: { keys: ['a key of a test'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, name: accountId }) })
  })
  const answer = provider.callback()
  let isAway = false
  let aheadMs = 0
  const now = Date.now
  // While it answers, time is its own.
  const provided = new AsyncLocalStorage<true>()
  Date.now = () => now() + (provided.getStore() ? aheadMs : 0)
  server.on('request', (request, response) => {
    if (isAway && request.url === '/token') request.destroy()
    else provided.run(true, () => void answer(request, response))
  })

  return {
    issuer,
    /** Signs in as this person and agrees. @returns where the provider sends the browser in the end */
    async signIn(url: string, login: string): Promise<string> {
      const cookies = new Map<string, string>()
      let at = url
      for (let step = 0; step < 20; step += 1) {
        const isForm = at.includes('/interaction/')
        const prompt =
          isForm && !cookies.has('signed in') ? { prompt: 'login', login, password: 'any' } : { prompt: 'consent' }
        const response = await fetch(at, {
          method: isForm ? 'POST' : 'GET',
          redirect: 'manual',
          headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
          ...(isForm && { body: new URLSearchParams(prompt) })
        })
        if (isForm) cookies.set('signed in', '1')
        for (const cookie of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
          cookies.set(name, value)
        }
        const location = response.headers.get('location')
        if (location === null) throw new Error(`${response.status} at ${at}: ${await response.text()}`)
        at = new URL(location, at).href
        if (at.startsWith(redirectUri)) return at
      }
      throw new Error('the provider leads nowhere')
    },
    /** From now on it answers browsers, and not the chat. */
    goAway: () => void (isAway = true),
    /** Its clock is ahead by so much. */
    setClock: (ms: number) => void (aheadMs = ms),
    stop() {
      Date.now = now
      return closed(server)
    }
  }
}

function closed(server: Server) {
  server.closeAllConnections()
  return new Promise<void>((done) => server.close(() => done()))
}
