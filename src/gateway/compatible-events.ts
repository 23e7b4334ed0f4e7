// What the borrowed clients listen for, as wire.md gives it. Not ours to change.

export interface ClassicOut {
  login: (counted: { numUsers: number }) => void
  'user-joined': (who: { username: string; numUsers: number }) => void
  'user-left': (who: { username: string; numUsers: number }) => void
  'new-message': (said: { username: string; message: string }) => void
  typing: (who: { username: string }) => void
  'stop-typing': (who: { username: string }) => void
}

export interface CourseOut {
  message: (message: CourseMessage) => void
  messageDeleted: (which: { messageId: string }) => void
  error: (why: { message: string }) => void
}

export interface CourseMessage {
  id: string
  username: string
  content: string
  seq: number
  createdAt: string
}
