// How long people wait who join a room that is full of others, and what those notice of it.
import { setTimeout as wait } from 'node:timers/promises'
import { percentile } from '../testing/statistics.ts'
import type { Contender } from './contenders.ts'
import { connectAll, marksOf, people, textOf, withServer } from './measures.ts'
import { processorUs } from './process-cost.ts'

/** Joins and messages come evenly, and don't wait for those before. */
const JOINS_PER_SECOND = 40
const JOINS_PER_MESSAGE = 20
/** Of so many people one looks at what comes: all are in one process, which would have no time to join. */
const ONE_OF = 50
/** After a crowd has joined. */
const SETTLE_MS = 3_000
/** The last message has arrived by then. */
const LAST_WITHIN_MS = 2_000

export interface CrowdCost {
  /** Until somebody has joined and opened the room: of 100 people, 99 wait less. */
  joinP99Ms: number
  /** Until a message is there. */
  messageP99Ms: number
  /** Processor time of the server for each join, with what the others learn of it, and the messages. */
  usPerJoin: number
}

/** @param there people who are in the room; `joining`: how many join then */
export async function measureCrowd(contender: Contender, there: number, joining: number): Promise<CrowdCost> {
  return withServer(contender, async (server, pid) => {
    const crowd = await connectAll(await people(contender, server, there))
    const newcomers = await people(contender, server, joining)
    const [speaker] = crowd
    const sentAt: number[] = []
    const [joins, messages]: number[][] = [[], []]
    for (const client of crowd.filter((_, nth) => nth % ONE_OF === 0))
      client.onFrame = (frame) => {
        for (const nth of marksOf(frame)) messages?.push(performance.now() - (sentAt[nth] ?? NaN))
      }
    await wait(SETTLE_MS)
    const before = processorUs(pid)
    const joined: Promise<unknown>[] = []
    for (const [nth, join] of newcomers.entries()) {
      const begun = performance.now()
      joined.push(join().then(() => joins?.push(performance.now() - begun)))
      if (nth % JOINS_PER_MESSAGE === 0) {
        speaker?.send(textOf(sentAt.length))
        sentAt.push(performance.now())
      }
      await wait(1_000 / JOINS_PER_SECOND)
    }
    await Promise.all(joined)
    await wait(LAST_WITHIN_MS)
    const usPerJoin = (processorUs(pid) - before) / joining
    return { joinP99Ms: percentile(joins ?? [], 0.99), messageP99Ms: percentile(messages ?? [], 0.99), usPerJoin }
  })
}
