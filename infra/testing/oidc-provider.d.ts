// What a test uses of oidc-provider. Its types are a package of their own, with those of the whole web framework behind it.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  interface Claims {
    sub: string
    name: string
  }
  export class Provider {
    constructor(
      issuer: string,
      options: {
        clients: { client_id: string; client_secret: string; redirect_uris: string[] }[]
        cookies: { keys: string[] }
        pkce: { required(): boolean }
        claims: { openid: (keyof Claims)[]; profile: (keyof Claims)[] }
        findAccount(context: unknown, id: string): { accountId: string; claims(): Claims }
      }
    )
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
  }
}
