import { fileStore, openClient } from 'taifas/client'

const url = process.argv[2] ?? 'http://localhost:3000'
const client = await openClient({ url, name: 'Echo', store: fileStore('./data/echo') })

client.room('lobby').onMessage(async (event) => {
  if (event.message.text === 'ping') await event.reply('pong')
})

console.log(`${client.me.name} listens at ${url}`)
