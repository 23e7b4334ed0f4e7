// Attacks with connections: silent ones, forged ones, ones that never read; and with sign-ins.
import { newSuffix } from '../../testing/new-suffix.ts'
import { connect, type Socket as TcpSocket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { LOBBY, WIRE_VERSION, newId } from '../../../src/contract.ts'
import { openRaw } from '../../testing/raw-websocket.ts'
import type { Attacks } from './attack.ts'
import type { Attacker } from './attacker.ts'

const FULL_ROOM = { messages: 600, messageBytes: 15_900 }
/** A token of the right shape with a wrong signature. */
const FORGED = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: newId(), aud: 'taifas', exp: 9_999_999_999 })).toString('base64url')}.${'A'.repeat(43)}`
const hello = (token: string) => `40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token })}`
const openPage = (nth: number) =>
  `42${nth}["room:before",${JSON.stringify({ room: LOBBY, before: 600 - nth, limit: 500 })}]`

export const connections: Attacks = {
  '400 connections that never read': {
    about: 'Each asks for three pages and stops reading.',
    prepare: FULL_ROOM,
    async run({ client, target, signal, outcomes, loop }) {
      const tokens = await signIns(client, 20)
      let opened = 0
      await loop(20, async (nth) => {
        if (opened >= 400) return wait(100)
        opened += 1
        const raw = await openRaw(target.url, {}, undefined, { localAddress: target.from }).catch(() => null)
        outcomes[raw?.status === 101 ? 'ok' : 'refused'] += 1
        if (raw?.status !== 101) return undefined
        void raw.closed.then(() => (signal.aborted ? 0 : (outcomes.lost += 1)))
        raw.say(hello(tokens[nth % tokens.length] ?? ''))
        await wait(50)
        raw.say(`420["room:open",{"room":"${LOBBY}"}]`)
        await wait(50)
        raw.tcp.pause()
        for (let page = 1; page <= 3; page += 1) raw.say(openPage(page))
        return undefined
      })
    }
  },
  'polling that never reads': {
    about: '400 polling sessions ask for pages and never fetch the answers.',
    prepare: FULL_ROOM,
    async run({ client, loop, outcomes }) {
      const tokens = await signIns(client, 20)
      let opened = 0
      await loop(20, async (nth) => {
        if (opened >= 400) return wait(100)
        opened += 1
        const path = '/socket.io/?EIO=4&transport=polling'
        const handshake = await client.ask(path).catch(() => null)
        const sid = /"sid":"([^"]+)"/.exec(handshake?.body ?? '')?.[1]
        outcomes[sid ? 'ok' : 'refused'] += 1
        if (!sid) return undefined
        const post = (...packets: string[]) => pollingPost(client, `${path}&sid=${sid}`, packets.join('\u001e'))
        await post(hello(tokens[nth % tokens.length] ?? ''))
        await wait(50)
        await post(`420["room:open",{"room":"${LOBBY}"}]`)
        await wait(50)
        await post(openPage(1), openPage(2), openPage(3))
        return undefined
      })
    }
  },
  '520 silent TCP connections': {
    about: 'They send nothing; CONNECTIONS_MAX is 250.',
    env: { CONNECTIONS_MAX: '250' },
    async run(attacker) {
      const opened: TcpSocket[] = []
      await attacker.loop(1, async () => {
        for (let open = opened.filter(({ destroyed }) => !destroyed).length; open < 520; open += 1)
          opened.push(silentSocket(attacker))
        await wait(250)
      })
    }
  },
  'forged tokens at CONNECT': {
    about: 'A signature is checked for every CONNECT packet.',
    async run({ target, loop, outcomes }) {
      await loop(20, async () => {
        const raw = await openRaw(target.url, {}, undefined, { localAddress: target.from }).catch(() => null)
        if (raw?.status !== 101) {
          outcomes.refused += 1
          return
        }
        for (let burst = 0; burst < 40 && !raw.tcp.destroyed; burst += 1) {
          for (let each = 0; each < 10; each += 1) raw.say(hello(FORGED))
          await wait(5)
        }
        outcomes.refused += raw.received.length
        raw.tcp.destroy()
      })
    }
  },
  'connections without a namespace': {
    about: 'They finish the Engine.IO handshake and never send CONNECT; CONNECTIONS_MAX is 250.',
    env: { CONNECTIONS_MAX: '250' },
    async run({ target, loop, outcomes, signal }) {
      let open = 0
      await loop(10, async () => {
        if (open >= 400) return wait(50)
        open += 1
        const raw = await openRaw(target.url, {}, undefined, { localAddress: target.from }).catch(() => null)
        outcomes[raw?.status === 101 ? 'ok' : 'refused'] += 1
        const over = () => (open -= 1)
        if (raw?.status === 101) void raw.closed.then(over)
        else over()
        if (signal.aborted) raw?.tcp.destroy()
        return undefined
      })
    }
  },
  'guessing the moderator token': {
    about: 'Sign-ins with one wrong token after another.',
    env: { MODERATOR_TOKEN: 'a token that nobody guesses in a benchmark' },
    run: (attacker) =>
      attacker.loop(16, (nth) =>
        attacker.http('/api/session', { method: 'POST', body: { name: `M ${newSuffix()}`, moderator: `guess ${nth}` } })
      )
  },
  'sign-ins in a loop': {
    about: 'Every sign-in signs a token.',
    run: (attacker) =>
      attacker.loop(32, () => attacker.http('/api/session', { method: 'POST', body: { name: `S ${newSuffix()}` } }))
  }
}

async function signIns(client: Attacker['client'], count: number): Promise<string[]> {
  const sessions = await Promise.all(
    Array.from({ length: count }, () => client.signIn(`Attacker ${newSuffix()}`).catch(() => null))
  )
  return sessions.flatMap((session) => (session ? [session.token] : []))
}

function silentSocket({ target, outcomes, signal }: Attacker): TcpSocket {
  const { hostname, port } = new URL(target.url)
  const tcp = connect({ host: hostname, port: Number(port), localAddress: target.from })
  tcp.on('error', () => {})
  tcp.once('connect', () => (outcomes.ok += 1))
  signal.addEventListener('abort', () => tcp.destroy())
  tcp.once('close', () => (signal.aborted ? 0 : (outcomes.refused += 1)))
  return tcp
}

async function pollingPost({ ask }: Attacker['client'], path: string, packets: string): Promise<void> {
  await ask(path, { method: 'POST', text: packets }).catch(() => null)
}
