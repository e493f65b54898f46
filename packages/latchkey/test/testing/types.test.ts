import { createAuth, createJwtManager, createSessions, createVerifier } from 'latchkey'
import { memoryStore } from 'latchkey/store/memory'
import { testAuth, testIssuer, type Who, type WithAccount, type WithSession } from 'latchkey/testing'
import { expect, expectTypeOf, test } from 'vitest'
import { secret } from '../auth/known.ts'

// The compiler checks this file; running it shows that what it checks exists.
const auth = createAuth({ store: memoryStore(), secret })
const sessions = createSessions({ store: memoryStore(), secret, loadUser: () => ({ plan: 'pro' as const }) })
const jwt = createJwtManager({ secret, identityOf: (user: { readonly id: string }) => user.id })

test('a door that was built before has no clock to move, one that is built here has', () => {
  const built = testAuth(auth)
  // @ts-expect-error its clock is its own
  expect(built.clock).toBeUndefined()
  const t = testAuth((settings) => createAuth({ ...settings, secret }))
  expectTypeOf(t.auth).toEqualTypeOf<typeof auth>()
  expectTypeOf(t.clock()).toEqualTypeOf<number>()
})

test('each door says whom it can sign in', () => {
  expectTypeOf<Who<typeof auth>>().toEqualTypeOf<WithAccount | WithSession>()
  expectTypeOf<Who<typeof sessions>>().toEqualTypeOf<WithSession>()
  expectTypeOf<Who<typeof jwt>['identity']>().toEqualTypeOf<{ readonly id: string }>()
  const t = testAuth(sessions)
  // @ts-expect-error sessions know no user names
  const asked = (): unknown => t.as({ username: 'ada' })
  expect(asked).toBeTypeOf('function')
  expectTypeOf(t.auth).toEqualTypeOf<typeof sessions>()
})

test('a verifier is no door to sign in at', () => {
  const { verifierOptions } = testIssuer({ audience: 'orders' })
  const verifier = createVerifier(verifierOptions)
  // @ts-expect-error it issues no tokens
  expect(() => testAuth(verifier)).toThrow(TypeError)
})
