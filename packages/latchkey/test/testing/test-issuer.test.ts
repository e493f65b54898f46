import { type AuthError, createVerifier } from 'latchkey'
import { guard, viewOf } from 'latchkey/http'
import { type RequestHeaders, testIssuer } from 'latchkey/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

const issuer = testIssuer({ audience: 'orders' })
const verifier = createVerifier({ ...issuer.verifierOptions, loadUser: ({ sub }) => ({ name: sub }) })
const ada = { sub: 'ada', scope: 'orders:read' }

async function asked(headers: RequestHeaders): Promise<string> {
  try {
    await guard(verifier, viewOf(new Request('https://orders.example/', { headers })), {
      scope: 'orders:read',
    })
    return 'welcome'
  } catch (error) {
    return (error as AuthError).code
  }
}

describe('an issuer for tests', () => {
  it('signs people in for a service that only verifies', async () => {
    const token = await issuer.token({ ...ada, fresh: true, claims: { plan: 'pro' } })
    expect(await verifier.authenticate(token, { fresh: true, scope: 'orders:read' })).toMatchObject({
      identity: 'ada',
      user: { name: 'ada' },
      claims: { iss: 'https://issuer.example', aud: 'orders', plan: 'pro' },
    })
  })

  it('says truly how each bad request is refused', async () => {
    const refusals = await issuer.refusals(ada)
    expect(await asked(await issuer.headers(ada))).toBe('welcome')
    expect(await Promise.all(refusals.map(({ headers }) => asked(headers)))).toEqual(
      refusals.map(({ code }) => code),
    )
    expect(refusals).toHaveLength(8)
  })

  it('makes each wrong one by hand', async () => {
    const codes = [
      { ...ada, audience: 'billing' },
      { ...ada, issuer: 'https://elsewhere.example' },
      { ...ada, kind: 'refresh' as const },
      { ...ada, expiresIn: '-1m' as const },
      { ...ada, scope: 'orders:write' },
    ].map(async (of) => asked(await issuer.headers(of)))
    expect(await Promise.all(codes)).toEqual([
      'invalid_token',
      'invalid_token',
      'wrong_token_type',
      'expired_token',
      'insufficient_scope',
    ])
  })

  it('has a clock that the verifier goes by', async () => {
    const headers = await issuer.headers({ ...ada, expiresIn: '5m' })
    issuer.clock.advance('5m')
    expect(await asked(headers)).toBe('welcome')
    issuer.clock.advance('6s')
    expect(await asked(headers)).toBe('expired_token')
  })

  it('is nobody to another one', async () => {
    const other = testIssuer({ audience: 'orders' })
    expect(await asked(await other.headers(ada))).toBe('invalid_token')
  })

  it('refuses to run in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => testIssuer({ audience: 'orders' })).toThrow('production')
  })
})
