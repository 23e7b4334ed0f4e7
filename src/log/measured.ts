// A message log that reports the duration of each call, and the calls that the store did not answer.
import type { MessageLog } from './message-log.ts'
import { StoreDamaged, StoreUnavailable } from '../errors.ts'

export interface LogWatch {
  called(operation: string): void
  /** `ok`: the store answered, with a result or a refusal. */
  answered(operation: string, seconds: number, ok: boolean): void
  /** The store could not do it, or has something that it can't read. */
  failed(operation: string, cause: StoreUnavailable | StoreDamaged): void
}

/** A refusal counts as an answer. */
export function measureLog(log: MessageLog, watch: LogWatch): MessageLog {
  const timed =
    <A extends unknown[], T>(operation: string, call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const start = performance.now()
      let ok = true
      watch.called(operation)
      try {
        return await call(...args)
      } catch (cause) {
        if (cause instanceof StoreUnavailable || cause instanceof StoreDamaged) {
          ok = false
          watch.failed(operation, cause)
        }
        throw cause
      } finally {
        watch.answered(operation, (performance.now() - start) / 1_000, ok)
      }
    }
  return {
    append: timed('append', log.append),
    sync: timed('sync', log.sync),
    before: timed('before', log.before),
    former: timed('former', log.former),
    room: timed('room', log.room),
    heads: timed('heads', log.heads),
    remind: timed('remind', log.remind),
    createRoom: timed('createRoom', log.createRoom),
    changeRoom: timed('changeRoom', log.changeRoom),
    pin: timed('pin', log.pin),
    removeRooms: timed('removeRooms', log.removeRooms),
    createHidden: timed('createHidden', log.createHidden),
    changeMembers: timed('changeMembers', log.changeMembers),
    silence: timed('silence', log.silence),
    roomsOf: timed('roomsOf', log.roomsOf),
    everyRoom: timed('everyRoom', log.everyRoom),
    forgetAuthor: timed('forgetAuthor', log.forgetAuthor),
    rooms: timed('rooms', log.rooms),
    onLate: log.onLate,
    close: log.close
  }
}
