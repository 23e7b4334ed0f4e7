import { expect, it } from 'vitest'
import { createEncryption } from './encryption.ts'

const { encrypt, decrypt } = createEncryption('a secret of at least 32 characters!')

it('decrypts what it encrypted, and shows nothing of it', () => {
  const encrypted = encrypt({ text: 'zażółć 👋' })
  for (const bytes of [Buffer.from(encrypted), Buffer.from(encrypted, 'base64url')])
    for (const shown of ['zażółć', 'text']) expect(bytes.includes(shown)).toBe(false)
  expect(decrypt(encrypted)).toEqual({ text: 'zażółć 👋' })
  expect(encrypt(1)).not.toBe(encrypt(1))
})

it('decrypts nothing of another secret, nothing that was changed, and no nonsense', () => {
  const encrypted = encrypt('content')
  expect(createEncryption('another secret of 32 characters!!!').decrypt(encrypted)).toBeUndefined()
  const bytes = Buffer.from(encrypted, 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(decrypt(changed.toString('base64url'))).toBeUndefined()
  }
  for (const nonsense of ['', 'x', '=', 'A'.repeat(1_000)]) expect(decrypt(nonsense)).toBeUndefined()
})
