import { describe, expect, it } from 'vitest'
import { createSessions } from '../../src/auth/sessions.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { codeOf } from './code-of.ts'

const device = async () => {
  const auth = createSessions({ store: memoryStore(), loadUser: ({ sub }) => sub })
  const { accessToken, sessionId } = await auth.start('42')
  // So often that the token, and that nothing speaks against it, are known by heart.
  for (let seen = 0; seen < 5; seen++) await auth.authenticate(accessToken)
  return { auth, accessToken, sessionId, verdict: () => codeOf(() => auth.authenticate(accessToken)) }
}

describe('a token that is known by heart', () => {
  it('T-21, V2: is refused from the moment its session has ended', async () => {
    const { auth, sessionId, verdict } = await device()
    await auth.end(sessionId)
    expect(await verdict()).toBe('revoked_token')
    expect(await verdict()).toBe('revoked_token')
    await auth.close()
  })

  it('T-21: is refused from the moment everything of its user has ended', async () => {
    const { auth, verdict } = await device()
    await auth.endAll('42')
    expect(await verdict()).toBe('revoked_token')
    await auth.close()
  })

  it('goes on when somebody else is revoked', async () => {
    const { auth, verdict } = await device()
    const other = await auth.start('43')
    await auth.end(other.sessionId)
    expect(await verdict()).toBe('accepted')
    expect(await codeOf(() => auth.authenticate(other.accessToken))).toBe('revoked_token')
    await auth.close()
  })
})
