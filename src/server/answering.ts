// Answers HTTP requests with the app. Its adapter makes Node evaluate `fetch`, an eighth of a start, so it is loaded when Socket.IO
// has answered those who came before; requests for the app wait for it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { turns } from '../process/load.ts'

/** A listener for requests. `fetch`: of a Hono app. */
export function answerWith(fetch: (request: Request, bindings: object) => Response | Promise<Response>) {
  const loading = load(fetch)
  let listener: Awaited<typeof loading> | undefined
  void loading.then((ready) => (listener = ready))
  return (request: IncomingMessage, response: ServerResponse): void =>
    void (listener ? listener(request, response) : loading.then((ready) => ready(request, response)))
}

async function load(fetch: Parameters<typeof answerWith>[0]) {
  await turns()
  const { getRequestListener } = await import('@hono/node-server')
  // A health check of an old proxy may come without Host.
  return getRequestListener(fetch, { hostname: 'localhost' })
}
