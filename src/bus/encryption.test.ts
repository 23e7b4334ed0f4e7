import { describe, expect, it } from 'vitest'
import { createEncryption } from './encryption.ts'

describe('the seal', () => {
  const seal = createEncryption('a secret of at least 32 characters!')

  it('opens what it closed, and shows nothing of it', () => {
    const sealed = seal.close({ text: 'zażółć 👋' })
    for (const bytes of [Buffer.from(sealed), Buffer.from(sealed, 'base64url')])
      for (const shown of ['zażółć', 'text']) expect(bytes.includes(shown)).toBe(false)
    expect(seal.open(sealed)).toEqual({ text: 'zażółć 👋' })
    expect(seal.close(1)).not.toBe(seal.close(1))
  })

  it('opens nothing that another secret closed, that was changed, or that is no letter at all', () => {
    const sealed = seal.close('letter')
    expect(createEncryption('another secret of 32 characters!!!').open(sealed)).toBeUndefined()
    const bytes = Buffer.from(sealed, 'base64url')
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(seal.open(changed.toString('base64url'))).toBeUndefined()
    }
    for (const nonsense of ['', 'x', '=', 'A'.repeat(1_000)]) expect(seal.open(nonsense)).toBeUndefined()
  })
})
