import { describe, expect, it } from 'vitest'
import { AuthError } from '../../src/base/errors.ts'

describe('AuthError', () => {
  it('carries a code, a sentence and a reason', () => {
    const error = new AuthError('invalid_token', 'The token is not text.', { reason: 'not_text' })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'AuthError', code: 'invalid_token', details: { reason: 'not_text' } })
    expect(String(error)).toBe('AuthError: The token is not text.')
  })

  it('keeps the error below as its cause, and not among the details', () => {
    const cause = new Error('The disk is full.')
    const error = new AuthError('unavailable', 'Try again later.', { cause, retryAfter: 1 })
    expect(error.cause).toBe(cause)
    expect(error.details).toEqual({ retryAfter: 1 })
  })

  it('has no stack trace, and leaves those of everybody else alone', () => {
    const before = Error.stackTraceLimit
    expect(new AuthError('forbidden', 'No.').stack).toMatch(/^\w+: No\.$/)
    expect(Error.stackTraceLimit).toBe(before)
    expect(new Error('Mine.').stack).toContain('errors.test.ts')
  })

  it('is made also where the host has frozen or removed the limit', () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor
    try {
      Object.defineProperty(Error, 'stackTraceLimit', { value: 5, writable: false, configurable: true })
      expect(new AuthError('forbidden', 'No.').code).toBe('forbidden')
      expect(Error.stackTraceLimit).toBe(5)
      Reflect.deleteProperty(Error, 'stackTraceLimit')
      expect(new AuthError('forbidden', 'No.').code).toBe('forbidden')
      expect('stackTraceLimit' in Error).toBe(false)
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', before)
    }
  })
})
