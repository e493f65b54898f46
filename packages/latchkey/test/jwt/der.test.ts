import { generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derOf, pairOf } from '../../src/jwt/der.ts'

describe('ECDSA signatures in DER', () => {
  it.each([64, 96, 132])('come back as they went, of %i bytes, however many zeros begin them', (length) => {
    const half = fc
      .tuple(fc.nat(length / 2), fc.uint8Array({ minLength: length / 2, maxLength: length / 2 }))
      .map(([zeros, bytes]) => bytes.fill(0, 0, zeros))
    fc.assert(
      fc.property(half, half, (r, s) => {
        const pair = Buffer.concat([r, s])
        expect(pairOf(Buffer.from(derOf(pair)), length)).toEqual(pair)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['prime256v1', 64],
    ['secp384r1', 96],
    ['secp521r1', 132],
  ])('are what node:crypto makes and takes: %s', (namedCurve, length) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    for (let index = 0; index < 300; index++) {
      const input = Buffer.from(`input ${index}`)
      const pair = pairOf(sign('sha256', input, privateKey), length)
      expect(verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, pair)).toBe(true)
      expect(verify('sha256', input, publicKey, derOf(pair))).toBe(true)
    }
  })
})
