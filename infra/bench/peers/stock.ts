// The least chat with stock Socket.IO: every message goes to all and is then acknowledged. With REDIS_URL it has the Streams
// adapter. Nothing is stored.
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'
import { isUp } from './up.ts'

const { REDIS_URL } = process.env
const http = createServer()
const io = new Server(http)
if (REDIS_URL !== undefined) {
  const redis = createClient({ url: REDIS_URL })
  await redis.connect()
  io.adapter(createAdapter(redis, { streamName: `stock${process.pid}` }))
}
io.on('connection', (socket) => {
  socket.on('message', (text: string, done?: () => void) => {
    io.emit('message', text)
    done?.()
  })
})
isUp(http)
