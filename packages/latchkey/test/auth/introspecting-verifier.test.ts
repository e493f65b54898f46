import { afterEach, describe, expect, it } from 'vitest'
import {
  createIntrospectingVerifier,
  type IntrospectingVerifier,
  type IntrospectingVerifierOptions,
} from '../../src/auth/introspecting-verifier.ts'
import { movableClock } from '../movable-clock.ts'
import { altered } from './altered.ts'
import { codeOf } from './code-of.ts'
import { credential, type Issuer, startIssuer } from './issuer.ts'

describe('a verifier that asks the issuer about each token', () => {
  const open: IntrospectingVerifier[] = []
  const clock = movableClock()

  const verifierOf = (
    { url }: Pick<Issuer, 'url'>,
    options: Partial<IntrospectingVerifierOptions<null>> = {},
  ): IntrospectingVerifier<null> => {
    const verifier = createIntrospectingVerifier(`${url}/introspect`, {
      issuer: url,
      audience: 'orders',
      credential,
      monotonic: clock,
      ...options,
    })
    open.push(verifier)
    return verifier
  }
  const verdict = (verifier: IntrospectingVerifier, token: string): Promise<string> =>
    codeOf(() => verifier.authenticate(token))
  const asked = ({ paths }: Issuer): number => paths.filter((path) => path === '/introspect').length

  afterEach(() => {
    for (const verifier of open.splice(0)) verifier.close()
  })

  it('knows who is calling, without a key', async () => {
    await using issuer = await startIssuer()
    const { accessToken, refreshToken, sessionId } = await issuer.auth.start('42')
    const verifier = verifierOf(issuer)
    expect(await verifier.authenticate(accessToken, { fresh: true })).toMatchObject({
      identity: '42',
      sessionId,
    })
    expect(await verdict(verifier, refreshToken)).toBe('invalid_token')
    expect(await verdict(verifier, altered(accessToken))).toBe('invalid_token')
    expect(await verdict(verifierOf(issuer, { audience: 'invoices' }), accessToken)).toBe('invalid_token')
  })

  it('asks about nothing that has not the form of a token', async () => {
    await using issuer = await startIssuer()
    for (const token of ['', 'garbage', 'a.b', 'a.b.c.d.e']) {
      expect(await verdict(verifierOf(issuer), token)).toBe('invalid_token')
    }
    expect(asked(issuer)).toBe(0)
  })

  it('RV-19: believes an answer for so long and no longer, and refuses with 503 when nobody answers then', async () => {
    await using issuer = await startIssuer()
    const { accessToken, sessionId } = await issuer.auth.start('42')
    const verifier = verifierOf(issuer, { maxAge: '10s' })
    expect(await verdict(verifier, accessToken)).toBe('accepted')
    await issuer.auth.end(sessionId)
    clock.advance(9_999)
    expect(await verdict(verifier, accessToken)).toBe('accepted')
    expect(asked(issuer)).toBe(1)
    clock.advance(1)
    expect(await verdict(verifier, accessToken)).toBe('invalid_token')
    issuer.cut()
    expect(await verdict(verifier, accessToken)).toBe('invalid_token')
    clock.advance(10_000)
    expect(await verdict(verifier, accessToken)).toBe('unavailable')
    issuer.mend()
    expect(await verdict(verifier, accessToken)).toBe('invalid_token')
  })

  it('refuses at once what was revoked where it asks each time', async () => {
    await using issuer = await startIssuer()
    const { accessToken, sessionId } = await issuer.auth.start('42')
    const verifier = verifierOf(issuer, { maxAge: 0 })
    expect(await verdict(verifier, accessToken)).toBe('accepted')
    await issuer.auth.end(sessionId)
    expect(await verdict(verifier, accessToken)).toBe('invalid_token')
  })

  it('asks anew where a route wants no bound, however young the answer is', async () => {
    await using issuer = await startIssuer()
    const { accessToken, sessionId } = await issuer.auth.start('42')
    const verifier = verifierOf(issuer)
    expect(await verdict(verifier, accessToken)).toBe('accepted')
    await issuer.auth.end(sessionId)
    expect(await verdict(verifier, accessToken)).toBe('accepted')
    expect(await codeOf(() => verifier.authenticate(accessToken, { direct: true }))).toBe('invalid_token')
    expect(await verdict(verifier, accessToken)).toBe('invalid_token')
  })

  it('takes no answer for a no when its own credential is refused', async () => {
    await using issuer = await startIssuer()
    const { accessToken } = await issuer.auth.start('42')
    const stranger = verifierOf(issuer, { credential: 'billing-0123456789-abcdefghij-klmno' })
    expect(await verdict(stranger, accessToken)).toBe('unavailable')
  })

  it('K-04: does not start with a URL in the clear, a private address, or an empty credential', () => {
    const options = { issuer: 'i', audience: 'a', credential }
    for (const url of ['http://auth.example/introspect', 'https://10.0.0.1/introspect', 'auth.example']) {
      expect(() => createIntrospectingVerifier(url, options)).toThrow(TypeError)
    }
    const url = 'https://auth.example/introspect'
    expect(() => createIntrospectingVerifier(url, { ...options, credential: '' })).toThrow(TypeError)
  })
})
