// The least chat with `ws`: a loop over all sockets. An acknowledgement is the word "ok".
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { isUp } from './up.ts'

const http = createServer()
const chat = new WebSocketServer({ server: http, perMessageDeflate: false })
chat.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const text = data.toString()
    for (const one of chat.clients) one.send(text)
    socket.send('ok')
  })
})
isUp(http)
