import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url, equalInConstantTime } from '../../src/base/encoding.ts'

describe('base64url', () => {
  it('T-09 reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Buffer.from(decodeBase64url(encodeBase64url(bytes)) ?? 'refused')).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('T-09 takes exactly one spelling of any bytes: what it accepts, it would have written', () => {
    const character = fc.constantFrom(...'ABab01-_+/=. \n\t\u0141\u00e9')
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        const bytes = decodeBase64url(text)
        expect(bytes === null || encodeBase64url(bytes) === text).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['padding', 'QQ=='],
    ['white space', 'QU I'],
    ['a line break at the end', 'QUI\n'],
    ['the alphabet of base64', '+/+/'],
    ['unused bits in two characters', 'QR'],
    ['unused bits in three characters', 'QUJ'],
    ['a single character', 'Q'],
    ['five characters', 'QUJDR'],
    ['a letter that looks right in its low byte', 'QU\u0141I'],
    ['NUL', 'QU\0I'],
    ['a dot', 'QU.I'],
  ])('T-09 refuses %s', (_, text) => {
    expect(decodeBase64url(text)).toBeNull()
  })

  it('reads the empty text as no bytes', () => {
    expect(decodeBase64url('')).toHaveLength(0)
  })

  it('writes text as its UTF-8, and views of larger buffers as what they show', () => {
    expect(encodeBase64url('é')).toBe('w6k')
    expect(encodeBase64url(new Uint8Array([1, 65, 66, 2]).subarray(1, 3))).toBe('QUI')
  })
})

describe('equalInConstantTime', () => {
  it('T-20 compares by content, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(equalInConstantTime(one, other)).toBe(one === other)
        expect(equalInConstantTime(one, one)).toBe(true)
        expect(equalInConstantTime(one, `${one}${other}x`)).toBe(false)
      }),
    )
  })

  it('T-20 compares bytes with text', () => {
    expect(equalInConstantTime(Buffer.from('same'), 'same')).toBe(true)
  })
})
