// The service worker: without the server, the page opens as the last build that this browser has stored whole. It stores files of the
// build and nothing else: no answer about people or messages, no redirect, no refusal. While the server answers, the page is the
// server's, so a worker that stays behind holds nobody on an old or broken build.

/** Filled in by infra/build/worker.ts: the page, and the files that it needs, by their paths. */
declare const __SHELL__: { page: string; files: readonly string[] }

interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends WorkerEvent {
  request: Request
  respondWith(answer: Promise<Response>): void
}
interface WorkerScope {
  addEventListener(type: 'install' | 'activate', listener: (event: WorkerEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
}
const worker = globalThis as unknown as WorkerScope

/** After this time without an answer, the stored page is shown, and goes on trying by itself. */
const PAGE_TIMEOUT_MS = 3_000
const PREFIX = 'taifas:'
/** One for each build: the page of a build never gets files of another. */
const CACHE = PREFIX + __SHELL__.page
const FILES = new Set([__SHELL__.page, ...__SHELL__.files])

worker.addEventListener('install', (event) => event.waitUntil(store()))
worker.addEventListener('activate', (event) => event.waitUntil(takeOver()))
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  if (request.mode === 'navigate') {
    if (pathname === '/') event.respondWith(openPage(request))
  } else if (pathname.startsWith('/assets/') || FILES.has(pathname)) event.respondWith(file(request))
})

/** All or nothing: while two builds are served at once, a file may be missing, and the browser tries again later. */
async function store() {
  const cache = await caches.open(CACHE)
  await cache.addAll([...FILES].map((path) => new Request(path, { redirect: 'error' })))
  await worker.skipWaiting()
}

/** Pages of the build before may be open, and still load files of it. */
async function takeOver() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)))
  await worker.clients.claim()
}

async function openPage(request: Request): Promise<Response> {
  const stored = await caches.match(__SHELL__.page, { cacheName: CACHE, ignoreVary: true })
  if (!stored) return fetch(request)
  const answer = fetch(request).then(
    // A proxy answers so while no instance runs.
    (answer) => (answer.status >= 500 ? stored : answer),
    () => stored
  )
  return Promise.race([answer, new Promise<Response>((late) => setTimeout(late, PAGE_TIMEOUT_MS, stored))])
}

/** Of whichever build has it. What the page loads later is stored when it is first used. */
async function file(request: Request): Promise<Response> {
  const stored = await caches.match(request, { ignoreVary: true })
  if (stored) return stored
  const answer = await fetch(request)
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone())
  return answer
}
