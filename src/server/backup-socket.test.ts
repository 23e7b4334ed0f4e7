import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { openBackupSocket } from './backup-socket.ts'

test('the socket is for its own user from its first moment on', () => {
  const folder = newFolder()
  const before = process.umask()
  const socket = openBackupSocket(
    join(folder, 'taifas.sqlite'),
    async () => {},
    () => expect.unreachable()
  )
  expect((statSync(join(folder, 'backup.sock')).mode & 0o777).toString(8)).toBe('600')
  expect(process.umask()).toBe(before)
  socket.close()
})
