// Events of the compatible protocols, which existing clients define. The web client has no use for them, so `contract.ts` leaves them out.
import type { Message } from './messages.ts'

/** Events to clients of the classic protocol. */
export interface ClassicOut {
  login: (total: { numUsers: number }) => void
  'user-joined': (person: { username: string; numUsers: number }) => void
  'user-left': (person: { username: string; numUsers: number }) => void
  'new-message': (message: { username: string; message: string }) => void
  typing: (person: { username: string }) => void
  'stop-typing': (person: { username: string }) => void
}

/** Events to clients of the course protocol. */
export interface CourseOut {
  message: (message: CourseMessage) => void
  messageDeleted: (message: { messageId: string }) => void
  error: (error: { message: string }) => void
}

export interface CourseMessage {
  id: string
  username: string
  content: string
  seq: number
  /** ISO 8601. */
  createdAt: string
}

export const asCourse = ({ id, by, text, seq, at }: Message): CourseMessage => ({
  id,
  // Of somebody who has left for good only spaces are stored.
  username: by.name.trim() || 'Former member',
  content: text,
  seq,
  createdAt: new Date(at).toISOString()
})
