import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Auth, type AuthOptions, createAuth } from '../../src/auth/auth.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { type MovableClock, movableClock } from '../movable-clock.ts'
import { codeOf } from './code-of.ts'
import { hs256, password } from './known.ts'

const cheap = { memory: 8, passes: 1 }

describe('createAuth', () => {
  let clock: MovableClock
  let store: Store
  let auth: Auth
  const opened: Auth[] = []

  const door = (options: Partial<AuthOptions> = {}): Auth => {
    const made = createAuth({ store, clock, keys: hs256, passwords: cheap, ...options })
    opened.push(made)
    return made
  }

  beforeEach(() => {
    clock = movableClock()
    store = memoryStore({ clock })
    auth = door()
  })
  afterEach(async () => {
    for (const made of opened.splice(0)) await made.close()
    await store.close()
  })

  it('registers, signs in, knows who calls, refreshes and signs out', async () => {
    const account = await auth.register({ username: 'ada', password })
    expect(account).toMatchObject({ username: 'ada', scope: '', disabledAt: null })
    expect(account).not.toHaveProperty('passwordHash')
    const pair = await auth.login({ username: 'ada', password })
    const { user, sessionId } = await auth.authenticate(pair.accessToken)
    expect(user).toEqual(account)
    expect(sessionId).toBe(pair.sessionId)
    const next = await auth.refresh(pair.refreshToken)
    await auth.endByToken(next.accessToken)
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
    expect(await codeOf(() => auth.refresh(next.refreshToken))).toBe('invalid_grant')
  })

  it('T-11: refuses what is no text like any other bad token, whatever a body held', async () => {
    for (const nothing of [undefined, null, 42, {}, ''] as unknown as string[]) {
      expect(await codeOf(async () => auth.authenticate(nothing))).toBe('invalid_token')
      expect(await codeOf(async () => auth.refresh(nothing))).toBe('invalid_grant')
    }
  })

  it('does not start without a store, or with one that nobody waited for', () => {
    const promise = Promise.resolve(memoryStore()) as unknown as Store
    expect(() => createAuth({ store: promise })).toThrow(/a promise; await it/)
    expect(() => createAuth({} as AuthOptions)).toThrow(/store: this is no store/)
  })

  it('makes its own key at the first start and finds it again at the next', async () => {
    const first = door({ keys: undefined as never })
    await first.ready()
    await first.register({ username: 'ada', password })
    const { accessToken } = await first.login({ username: 'ada', password })
    const again = door({ keys: undefined as never })
    expect((await again.authenticate(accessToken)).user.username).toBe('ada')
    expect((await again.jwks()).keys.length).toBeGreaterThan(0)
  })

  it('P-09, I-77, I-79: answers an unknown user, a wrong password and a disabled account alike', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    await auth.register({ username: 'bob', password })
    const answers = []
    for (const [username, tried] of [
      ['nobody', password],
      ['bob', `${password}!`],
      ['\u0000', password],
      ['ada', password],
    ] as const) {
      if (username === 'ada') await auth.setDisabled(id, true)
      const error = await auth.login({ username, password: tried }).catch((error) => error)
      answers.push({ code: error.code, message: error.message })
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toEqual({ code: 'invalid_credentials', message: 'Bad username or password' })
  })

  it('P-11: lets one of two spellings of a name register, and both sign in', async () => {
    await auth.register({ username: 'Admin', password })
    expect(await codeOf(() => auth.register({ username: 'ａｄｍｉｎ', password }))).toBe('account_taken')
    expect(await codeOf(() => auth.login({ username: 'ADMIN', password }))).toBe('accepted')
  })

  it('refuses weak passwords and what is not text', async () => {
    expect(await codeOf(() => auth.register({ username: 'ada', password: 'short' }))).toBe('weak_password')
    expect(await codeOf(() => auth.register({ username: 'ada', password: 7 as never }))).toBe('invalid_input')
    expect(await codeOf(() => auth.register({ username: ['ada'] as never, password }))).toBe('invalid_input')
    expect(await codeOf(() => auth.login({ username: null as never, password }))).toBe('invalid_input')
  })

  it('P-13, RV-13, RT-32: a new password ends every other session before the answer is sent', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const [one, two] = [
      await auth.login({ username: 'ada', password }),
      await auth.login({ username: 'ada', password }),
    ]
    const newPassword = 'an entirely different sentence'
    const pair = await auth.changePassword(id, { currentPassword: password, newPassword })
    for (const old of [one, two]) {
      expect(await codeOf(() => auth.authenticate(old.accessToken))).toBe('revoked_token')
      expect(await codeOf(() => auth.refresh(old.refreshToken))).toBe('invalid_grant')
    }
    expect(await codeOf(() => auth.authenticate(pair.accessToken, { fresh: true }))).toBe('accepted')
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('invalid_credentials')
    expect(await codeOf(() => auth.login({ username: 'ada', password: newPassword }))).toBe('accepted')
  })

  it('P-13: lets nobody in with a password that is changed while it is being checked', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const start: Store['sessions']['start'] = async (...args) => {
      clock.advance(1)
      await auth.changePassword(id, {
        currentPassword: password,
        newPassword: 'an entirely different sentence',
      })
      return store.sessions.start(...args)
    }
    const slow = door({ store: { ...store, sessions: { ...store.sessions, start } } })
    expect(await codeOf(() => slow.login({ username: 'ada', password }))).toBe('invalid_credentials')
    expect(await auth.list(id)).toHaveLength(1)
  })

  it('P-13, RV-13, I-70: an administrator’s reset ends every session, and every wait for the account', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const pair = await auth.login({ username: 'ada', password })
    for (let i = 0; i < 6; i++) await codeOf(() => auth.login({ username: 'ada', password: 'a guess' }))
    const newPassword = 'an entirely different sentence'
    expect(await auth.resetPassword(id, newPassword)).toBe(true)
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
    expect(await codeOf(() => auth.refresh(pair.refreshToken))).toBe('invalid_grant')
    expect(await auth.list(id)).toEqual([])
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('invalid_credentials')
    expect(await codeOf(() => auth.login({ username: 'ada', password: newPassword }))).toBe('accepted')
    expect(await codeOf(() => auth.resetPassword(id, 'short'))).toBe('weak_password')
    expect(await auth.resetPassword('nobody', newPassword)).toBe(false)
    const [event] = await store.events.list({ limit: 1, type: 'user.password_reset' })
    expect(event).toMatchObject({ userId: id, data: {} })
  })

  it('P-13: changes nothing when the current password is wrong, or the new one is weak', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const pair = await auth.login({ username: 'ada', password })
    const change = (currentPassword: string, newPassword: string) =>
      codeOf(() => auth.changePassword(id, { currentPassword, newPassword }))
    expect(await change('not the password at all', 'an entirely different sentence')).toBe(
      'invalid_credentials',
    )
    // A guess is a guess, at whichever door (G-02, L-02).
    const [event] = await store.events.list({ limit: 1 })
    expect(event).toMatchObject({ type: 'login.failed', userId: id, data: { reason: 'wrong_password' } })
    expect(await change(password, 'short')).toBe('weak_password')
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('accepted')
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('accepted')
  })

  it('RV-11, RT-17, I-69, I-71: a disabled user is refused everywhere at once, and signs in anew when enabled', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const pair = await auth.login({ username: 'ada', password })
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('accepted')
    await auth.setDisabled(id, true)
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
    expect(await codeOf(() => auth.refresh(pair.refreshToken))).toBe('invalid_grant')
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('invalid_credentials')
    await auth.setDisabled(id, false)
    expect(await codeOf(() => auth.refresh(pair.refreshToken))).toBe('invalid_grant')
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('accepted')
  })

  it('RV-11: a role taken away makes access tokens stale, and one refresh mends them', async () => {
    const { id } = await auth.register({ username: 'ada', password, scope: 'admin' })
    const pair = await auth.login({ username: 'ada', password })
    expect(await codeOf(() => auth.authenticate(pair.accessToken, { scope: 'admin' }))).toBe('accepted')
    await auth.setScope(id, 'reader')
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('stale_claims')
    const next = await auth.refresh(pair.refreshToken)
    expect(await codeOf(() => auth.authenticate(next.accessToken, { scope: 'reader' }))).toBe('accepted')
    expect(await codeOf(() => auth.authenticate(next.accessToken, { scope: 'admin' }))).toBe(
      'insufficient_scope',
    )
  })

  it('V9: asks the store itself where told to, also for a change that this node has not heard of', async () => {
    const { id } = await auth.register({ username: 'ada', password, scope: 'admin' })
    const { accessToken } = await auth.login({ username: 'ada', password })
    const event = { type: 't', userId: id, sessionId: null, address: null, userAgent: null, data: {} }
    await store.users.setScope(id, '', 0, event)
    expect(await codeOf(() => auth.authenticate(accessToken, { direct: true }))).toBe('stale_claims')
    await store.users.setDisabled(id, true, 0, event)
    expect(await codeOf(() => auth.authenticate(accessToken, { direct: true }))).toBe('revoked_token')
  })

  it('RV-12, I-72: a deleted user leaves no session, and the name can be taken by a new id', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const pair = await auth.login({ username: 'ada', password })
    expect(await auth.deleteUser(id)).toBe(true)
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
    expect(await codeOf(() => auth.refresh(pair.refreshToken))).toBe('invalid_grant')
    expect(await auth.list(id)).toEqual([])
    expect((await auth.register({ username: 'ada', password })).id).not.toBe(id)
    expect(await auth.deleteUser(id)).toBe(false)
  })

  it('P-06: upgrades the parameters of a hash at the next sign-in', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const before = (await store.users.find(id))?.passwordHash
    const stronger = door({ passwords: { memory: 16, passes: 2 } })
    await stronger.login({ username: 'ada', password })
    const after = (await store.users.find(id))?.passwordHash
    expect(before).toContain('m=8,t=1,p=1')
    expect(after).toContain('m=16,t=2,p=1')
    expect(await codeOf(() => stronger.login({ username: 'ada', password }))).toBe('accepted')
    expect((await store.users.find(id))?.passwordHash).toBe(after)
  })

  it('L-01, I-74, I-75: computes at most as many hashes as the limit allows, however many guesses race', async () => {
    await auth.register({ username: 'ada', password })
    const codes = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        codeOf(() => auth.login({ username: 'ada', password: `wrong password ${i}` })),
      ),
    )
    expect(codes.filter((code) => code === 'invalid_credentials')).toHaveLength(5)
    expect(codes.filter((code) => code === 'too_many_attempts')).toHaveLength(195)
    const error = await auth.login({ username: 'ada', password }).catch((error) => error)
    expect(error).toMatchObject({ code: 'too_many_attempts', details: { retryAfter: 1 } })
    clock.advance(1000)
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('accepted')
  })

  it('RV-12, L-02: who registers the name of a deleted user does not wait for that user’s failures', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    for (let i = 0; i < 6; i++) await codeOf(() => auth.login({ username: 'ada', password: 'a guess' }))
    await auth.deleteUser(id)
    await auth.register({ username: 'ada', password })
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('accepted')
  })

  it('L-02: a sign-in that succeeds clears the failures before it', async () => {
    await auth.register({ username: 'ada', password })
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++)
        await codeOf(() => auth.login({ username: 'ada', password: 'not the password' }))
      expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('accepted')
    }
  })

  it('L-04: limits sign-ins, registrations and refreshes of one address', async () => {
    const device = { address: '192.0.2.7' }
    await auth.register({ username: 'ada', password }, device)
    const { refreshToken } = await auth.login({ username: 'ada', password }, device)
    const burst = async (count: number, act: (i: number) => Promise<unknown>) => {
      const codes = []
      for (let i = 0; i < count; i++) codes.push(await codeOf(() => act(i)))
      return codes.filter((code) => code === 'too_many_attempts').length
    }
    expect(await burst(30, (i) => auth.login({ username: `nobody ${i}`, password }, device))).toBe(1)
    expect(await burst(10, (i) => auth.register({ username: `somebody ${i}`, password }, device))).toBe(1)
    expect(await burst(61, () => auth.refresh(refreshToken, device))).toBe(1)
    expect(await codeOf(() => auth.login({ username: 'ada', password }, { address: '192.0.2.8' }))).toBe(
      'accepted',
    )
  })

  it('costs no call of the store to authenticate a user who has signed in', async () => {
    await auth.register({ username: 'ada', password })
    let calls = 0
    const counting = <P extends object>(port: P): P =>
      new Proxy(port, {
        get(target, name) {
          calls += 1
          return Reflect.get(target, name)
        },
      })
    const watched: Store = { ...store, users: counting(store.users), sessions: counting(store.sessions) }
    const door2 = door({ store: watched })
    const { accessToken } = await door2.login({ username: 'ada', password })
    await door2.authenticate(accessToken)
    calls = 0
    for (let i = 0; i < 100; i++) await door2.authenticate(accessToken)
    expect(calls).toBe(0)
  })

  it('runs the claims hook at every mint, and never lets it touch what is reserved', async () => {
    let role = 'reader'
    const hooked = door({ claims: (_, account) => ({ role, called: account.username }) })
    await hooked.register({ username: 'ada', password })
    const pair = await hooked.login({ username: 'ada', password })
    role = 'writer'
    const next = await hooked.refresh(pair.refreshToken)
    expect((await hooked.authenticate(pair.accessToken)).claims).toMatchObject({
      role: 'reader',
      called: 'ada',
    })
    expect((await hooked.authenticate(next.accessToken)).claims).toMatchObject({ role: 'writer' })
    const greedy = door({ claims: () => ({ sub: 'somebody else' }) })
    await expect(greedy.login({ username: 'ada', password })).rejects.toThrow(/"sub"/)
  })

  it('G-03, L-02: says in an event when an account gets no further attempt', async () => {
    const strict = door({ limits: { account: { free: 2, wait: 1, longest: 1, most: 3, memory: 60_000 } } })
    const { id } = await strict.register({ username: 'ada', password })
    for (let i = 0; i < 5; i++) {
      await codeOf(() => strict.login({ username: 'ada', password: 'not the password' }))
      clock.advance(1)
    }
    const events = await store.events.list({ limit: 10, userId: id })
    expect(events.map(({ type, data }) => [type, data['attempts']])).toEqual([
      ['login.locked', 3],
      ['login.failed', 2],
      ['login.failed', 1],
      ['user.registered', undefined],
    ])
  })

  it('S-02, I-73: gives every sign-in a session id of its own, whatever it was told', async () => {
    const { id } = await auth.register({ username: 'ada', password })
    const other = await auth.register({ username: 'bob', password })
    const ids = new Set<string>()
    const theirs = await auth.login({ username: 'bob', password })
    for (const replaces of [null, 'A'.repeat(22), theirs.sessionId, 'own']) {
      const [own = ''] = ids
      const device = { replaces: replaces === 'own' ? own : replaces, id: 'A'.repeat(22) }
      ids.add((await auth.login({ username: 'ada', password }, device)).sessionId)
    }
    ids.add(
      (await auth.changePassword(id, { currentPassword: password, newPassword: `${password}!` })).sessionId,
    )
    expect(ids.size).toBe(5)
    for (const sid of ids) expect(sid).toMatch(/^[\w-]{22}$/)
    expect(ids).not.toContain('A'.repeat(22))
    expect(await auth.list(other.id)).toHaveLength(1)
    expect(await codeOf(() => auth.refresh(theirs.refreshToken))).toBe('accepted')
  })

  it('writes what happened, and no secret of it', async () => {
    await auth.register({ username: 'ada', password })
    const pair = await auth.login({ username: 'ada', password })
    await codeOf(() => auth.login({ username: 'ada', password: 'not the password at all' }))
    const events = await store.events.list({ limit: 50 })
    expect(events.map(({ type }) => type)).toEqual(['login.failed', 'session.started', 'user.registered'])
    const text = JSON.stringify(events)
    for (const canary of [password, pair.accessToken, pair.refreshToken, 'not the password']) {
      expect(text).not.toContain(canary)
    }
  })
})
