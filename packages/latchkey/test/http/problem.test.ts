import { describe, expect, test } from 'vitest'
import type { Problem } from '../../src/auth/transport.ts'
import { AuthError, type ErrorCode, type ErrorDetails } from '../../src/base/errors.ts'
import { STATUS, toProblem, type Wording } from '../../src/http/problem.ts'

const problemOf = (code: ErrorCode, details?: ErrorDetails, wording?: Wording): Problem =>
  toProblem(new AuthError(code, 'A sentence.', details), wording) as Problem

describe('H-20 a refusal as HTTP', () => {
  test('has its code and its message in the body', () => {
    expect(problemOf('not_found').body).toEqual({ error: 'not_found', msg: 'A sentence.' })
  })

  test('H-01 challenges on every 401, and nowhere else but for a missing scope', () => {
    for (const code of Object.keys(STATUS) as ErrorCode[]) {
      const { status, headers } = problemOf(code)
      const expected = status === 401 || code === 'insufficient_scope'
      expect([code, headers['www-authenticate'] !== undefined]).toEqual([code, expected])
    }
  })

  test('H-01 names no error where no token was shown', () => {
    for (const code of ['missing_token', 'invalid_credentials'] as const)
      expect(problemOf(code).headers['www-authenticate']).toBe('Bearer realm="latchkey"')
  })

  test('H-01 names the realm that was configured', () => {
    expect(problemOf('missing_token', {}, { realm: 'orders' }).headers['www-authenticate']).toBe(
      'Bearer realm="orders"',
    )
  })

  test('quotes details so that nothing can end the parameter early', () => {
    const { headers } = problemOf('insufficient_scope', { scope: 'a" , error="x\\\r\nset-cookie: y' })
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="latchkey", error="insufficient_scope", scope="a , error=xset-cookie: y"',
    )
  })

  test('says when to come back, in whole seconds and at least one', () => {
    expect(problemOf('too_many_attempts', { retryAfter: 2.1 }).headers['retry-after']).toBe('3')
    expect(problemOf('too_many_attempts', { retryAfter: 0 }).headers['retry-after']).toBe('1')
    expect(problemOf('unavailable').headers['retry-after']).toBe('1')
    expect(problemOf('invalid_token').headers['retry-after']).toBeUndefined()
  })

  test('H-13 lists the methods that are allowed', () => {
    expect(problemOf('method_not_allowed', { allow: ['GET', 'POST'] }).headers['allow']).toBe('GET, POST')
  })

  test('H-04 is never kept and never guessed at', () => {
    expect(problemOf('invalid_token').headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
    })
  })

  test('names the field that is wrong, and the failed check in development only', () => {
    expect(problemOf('invalid_input', { field: 'username' }).body).toMatchObject({ field: 'username' })
    expect(problemOf('invalid_token', { reason: 'issuer' }).body).not.toHaveProperty('reason')
    expect(problemOf('invalid_token', { reason: 'issuer' }, { development: true }).body).toMatchObject({
      reason: 'issuer',
    })
  })

  test('H-19 says nothing of the error below', () => {
    const problem = problemOf('unavailable', {
      cause: new Error('db.internal:5432 refused'),
      reason: 'postgres',
    })
    expect(JSON.stringify(problem)).not.toMatch(/5432|postgres|stack/)
  })

  test('leaves errors that are not ours to the framework', () => {
    for (const error of [new Error('x'), new TypeError('x'), { code: 'invalid_token' }, null, undefined, 'x'])
      expect(toProblem(error)).toBeNull()
  })
})

describe('the answer hook', () => {
  const error = new AuthError('expired_token', 'The token has expired.')

  test('gets the error and our answer, and gives the one that is sent', () => {
    const answer: NonNullable<Wording['answer']> = ({ code }, problem) => ({
      ...problem,
      status: 418,
      body: { code },
    })
    expect(toProblem(error, { answer })).toMatchObject({ status: 418, body: { code: 'expired_token' } })
  })

  test('F-44 H-22 leaves our own answer when it throws, answers later or answers nonsense', () => {
    const nonsense: unknown[] = [
      undefined,
      null,
      'text',
      {},
      Promise.resolve({ status: 200, headers: {}, body: {} }),
      { status: 99, headers: {}, body: {} },
      { status: '401', headers: {}, body: {} },
      { status: 401, headers: null, body: {} },
      { status: 401, headers: { 'x y': 'z' }, body: {} },
      { status: 401, headers: { x: 'a\r\nset-cookie: b' }, body: {} },
      { status: 401, headers: { x: 7 }, body: {} },
      { status: 401, headers: {} },
    ]
    for (const given of nonsense)
      expect(toProblem(error, { answer: () => given as Problem })).toMatchObject({ status: 401 })
    const failing = (): never => {
      throw new Error('the hook failed')
    }
    expect(toProblem(error, { answer: failing })?.body).toMatchObject({ error: 'expired_token' })
  })

  test('gets the answer of a dialect where there is one', () => {
    const dialect = { problem: () => ({ status: 422, headers: {}, body: { msg: 'Token has expired' } }) }
    expect(toProblem(error, { dialect })).toEqual({
      status: 422,
      headers: {},
      body: { msg: 'Token has expired' },
    })
    const answer: NonNullable<Wording['answer']> = (_, problem) => ({ ...problem, status: 400 })
    expect(toProblem(error, { dialect, answer })).toMatchObject({
      status: 400,
      body: { msg: 'Token has expired' },
    })
  })
})
