import { describe, expect, it } from 'vitest'
import { pieceFrom, wholeOf } from '../../src/base/piece.ts'

describe('a piece of a text', () => {
  it('is the end of its whole, which is told once', () => {
    const piece = pieceFrom('Bearer aaa.bbb.ccc-ddd', 7)
    expect(piece).toBe('aaa.bbb.ccc-ddd')
    expect(wholeOf(piece)).toBe('Bearer aaa.bbb.ccc-ddd')
    expect(wholeOf(piece)).toBe('aaa.bbb.ccc-ddd')
  })

  it('is its own whole when another was cut off since', () => {
    const first = pieceFrom('Bearer first', 7)
    const second = pieceFrom('Bearer second', 7)
    expect(wholeOf(first)).toBe('first')
    expect(wholeOf(second)).toBe('second')
  })

  it('has an end that is the piece, whatever is asked for in which order', () => {
    const texts = ['Bearer one', 'Bearer two', 'Bearer one', 'two', 'Bearer three']
    const pieces = texts.map((text) => pieceFrom(text, text.length - 3))
    for (const piece of [...pieces, 'one', 'ree', '']) expect(wholeOf(piece).endsWith(piece)).toBe(true)
  })
})
