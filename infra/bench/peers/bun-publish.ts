// The least chat with Bun: its own publish to a topic. An acknowledgement is the word "ok". Runs in Bun only.
interface BunSocket {
  subscribe(topic: string): void
  send(text: string): void
}
interface BunServer {
  upgrade(request: Request): boolean
  publish(topic: string, text: string): void
  port: number
}
declare const Bun: {
  serve(options: {
    port: number
    hostname: string
    fetch(request: Request, server: BunServer): Response | undefined
    websocket: { open(socket: BunSocket): void; message(socket: BunSocket, text: string): void }
  }): BunServer
}

const ROOM = 'room'
const server = Bun.serve({
  port: Number(process.env['PORT']),
  hostname: '127.0.0.1',
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('a chat')),
  websocket: {
    open: (socket) => socket.subscribe(ROOM),
    message(socket, text) {
      server.publish(ROOM, text)
      socket.send('ok')
    }
  }
})
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.port}` }))
