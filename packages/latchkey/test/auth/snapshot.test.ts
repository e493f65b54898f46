import { expect, it } from 'vitest'
import { createSessions } from '../../src/auth/sessions.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { codeOf } from './code-of.ts'
import { hs256 } from './known.ts'

const event = { type: 't', userId: null, sessionId: null, address: null, userAgent: null, data: {} }

it('RV-18: a node that starts holds every page of the log before it lets anybody through', async () => {
  const store = memoryStore()
  const door = () => createSessions({ store, keys: hs256, loadUser: ({ sub }) => ({ sub }) })
  const first = door()
  const tokens = []
  // More than two pages, with sessions of ours at the beginning, in the middle and at the end.
  for (let part = 0; part < 3; part++) {
    const { accessToken, sessionId } = await first.start('42')
    tokens.push(accessToken)
    await store.sessions.end(sessionId, { reason: 'revoked', hold: 600_000 }, event)
    const others = Array.from({ length: 8000 }, (_, i) => `another-token-${part}-${i}`)
    for (const jti of others) await store.revocations.revokeToken(jti, Date.now() + 600_000, event)
  }
  const { accessToken } = await first.start('42')
  const node = door()
  expect(await Promise.all(tokens.map((token) => codeOf(() => node.authenticate(token))))).toEqual([
    'revoked_token',
    'revoked_token',
    'revoked_token',
  ])
  expect(await codeOf(() => node.authenticate(accessToken))).toBe('accepted')
  await Promise.all([first.close(), node.close()])
  await store.close()
})
