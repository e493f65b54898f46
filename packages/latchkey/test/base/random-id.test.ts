import { describe, expect, it } from 'vitest'
import { randomId } from '../../src/base/random-id.ts'

describe('random ids', () => {
  it('T-18: no two are the same, however many are drawn at a time', () => {
    const ids = Array.from({ length: 10_000 }, randomId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are 128 bits as base64url', () => {
    for (let drawn = 0; drawn < 1000; drawn++) expect(randomId()).toMatch(/^[\w-]{21}[AQgw]$/)
  })
})
