// What this app rests on, or could, of which the public documents of Fly and Upstash say too little; and what of it can be seen from
// outside.
import { seconds } from './finding.ts'
import { isSentOn, strays } from './replay.ts'
import type { Visit } from './visit.ts'
import type { Passage } from './way.ts'

export interface Fact {
  fact: string
  /** Which document is silent or unclear about it. */
  left: string
  outcome: 'held' | "didn't hold" | 'not seen'
  how: string
}

type Outcome = Pick<Fact, 'outcome' | 'how'>

/** What would repair a letter that never came (server.ts). */
const COMPARED_AFTER_MS = 10_000

export function facts(visit: Visit): Fact[] {
  const { requests, upgrades } = strays(visit)
  return [
    {
      fact: 'an upgrade answered with 101 and fly-replay is sent on',
      left: 'Fly docs, connecting to user machines: WebSockets can be replayed; 101 is what the example fly-apps/replicache-websocket does',
      ...sentOn(upgrades, 'upgrades')
    },
    {
      fact: 'a request answered with 200 and fly-replay is sent on, its body as well',
      left: 'Fly docs, dynamic request routing: as documented',
      ...sentOn(requests, 'requests')
    },
    {
      fact: 'an upgrade answered with another status and fly-replay is sent on',
      left: 'Fly docs, dynamic request routing: not said',
      outcome: 'not seen',
      how: 'this app never answers so'
    },
    {
      fact: 'fly-prefer-region steers upgrades as it steers requests',
      left: 'Fly docs, request headers',
      ...steered(visit)
    },
    {
      fact: 'XREAD BLOCK wakes up for what was written in another region',
      left: 'Upstash docs, Redis: nothing found about blocking reads at a read replica',
      ...wokenUp(visit)
    },
    {
      fact: 'a machine that is to end gets SIGTERM and the time to show its people the way',
      left: 'Fly docs: app configuration and long-running tasks name different signals',
      ...drained(visit)
    },
    {
      fact: 'PUBLISH and PUBSUB NUMSUB reach all regions',
      left: 'Upstash docs, Redis: nothing found',
      outcome: 'not seen',
      how: 'nothing in this app rests on them'
    },
    {
      fact: "Fly-Client-IP is the visitor's address, also of an upgrade",
      left: 'Fly docs, request headers',
      outcome: 'not seen',
      how: 'the app counts by it and tells nobody'
    },
    {
      fact: 'a WebSocket on which nothing is said stays open',
      left: 'Fly docs, app configuration: idle_timeout has no documented default',
      outcome: 'not seen',
      how: 'this app pings every 10 s'
    },
    {
      fact: 'a failing health check leaves open connections alone',
      left: 'Fly docs, health checks: not said',
      outcome: 'not seen',
      how: 'no check can be made to fail from here without closing the machine'
    }
  ]
}

function sentOn(astray: readonly Passage[], what: string): Outcome {
  if (astray.length === 0) return { outcome: 'not seen', how: `no ${what} came to a wrong region` }
  const arrived = astray.filter(isSentOn).length
  // One that nobody sent on is enough to say no.
  return { outcome: arrived === astray.length ? 'held' : "didn't hold", how: `${arrived} of ${astray.length} ${what}` }
}

function wokenUp({ measured }: Visit): Outcome {
  const apart = (measured?.pairs ?? []).filter(({ from, to }) => from !== to)
  if (apart.length === 0) return { outcome: 'not seen', how: 'nothing was said between two regions' }
  const silent = apart.find(({ ms }) => ms.length === 0)
  if (silent) return { outcome: "didn't hold", how: `nothing came from ${silent.from} to ${silent.to}` }
  const slowest = Math.max(...apart.flatMap(({ ms }) => ms))
  const how = `the slowest message was seen in another region after ${seconds(slowest)}; one whose letter is missing waits for the comparison, up to ${seconds(COMPARED_AFTER_MS)}. Whether this Redis has read regions can't be seen`
  return { outcome: slowest < COMPARED_AFTER_MS / 2 ? 'held' : "didn't hold", how }
}

function drained({ drained }: Visit): Outcome {
  if (drained === null) return { outcome: 'not seen', how: 'no machine was told to end while this watched (--watch)' }
  return drained
    ? { outcome: 'held', how: 'people were moved, and nobody was seen leaving' }
    : { outcome: "didn't hold", how: 'see what the watch says above' }
}

function steered({ regions, natives, placed }: Visit): Outcome {
  if (regions.length < 2 || natives.length === 0) return { outcome: 'not seen', how: 'fewer than two regions answered' }
  return {
    outcome: placed === natives.length ? 'held' : "didn't hold",
    how: `${placed} of ${natives.length} native clients came in where they asked to`
  }
}
