// A message log that tells how long each question took and which were not answered.
import type { MessageLog } from './message-log.ts'
import { StoreUnavailable } from '../errors.ts'

export interface LogWatch {
  asked(operation: string): void
  answered(operation: string, seconds: number): void
  away(operation: string): void
}

/** The same log. A refusal is an answer; only StoreUnavailable is none. */
export function measureLog(log: MessageLog, watch: LogWatch): MessageLog {
  const timed =
    <A extends unknown[], T>(operation: string, ask: (...asked: A) => Promise<T>) =>
    async (...asked: A): Promise<T> => {
      const start = performance.now()
      watch.asked(operation)
      try {
        return await ask(...asked)
      } catch (cause) {
        if (cause instanceof StoreUnavailable) watch.away(operation)
        throw cause
      } finally {
        watch.answered(operation, (performance.now() - start) / 1_000)
      }
    }
  return {
    append: timed('append', log.append),
    sync: timed('sync', log.sync),
    before: timed('before', log.before),
    room: timed('room', log.room),
    heads: timed('heads', log.heads),
    remind: timed('remind', log.remind),
    createRoom: timed('createRoom', log.createRoom),
    removeRooms: timed('removeRooms', log.removeRooms),
    rooms: timed('rooms', log.rooms),
    onLate: log.onLate,
    close: log.close
  }
}
