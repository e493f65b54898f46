import { describe, expect, it } from 'vitest'
import { rememberWhole, wholeOf } from '../../src/base/piece.ts'

describe('a piece of a text', () => {
  it('has its whole told once', () => {
    rememberWhole('aaa.bbb', 'Bearer aaa.bbb')
    expect(wholeOf('aaa.bbb')).toBe('Bearer aaa.bbb')
    expect(wholeOf('aaa.bbb')).toBe('aaa.bbb')
  })

  it('is its own whole when another was remembered or asked for since', () => {
    rememberWhole('first', 'Bearer first')
    rememberWhole('second', 'Bearer second')
    expect(wholeOf('first')).toBe('first')
    expect(wholeOf('second')).toBe('second')
    expect(wholeOf('')).toBe('')
  })
})
