import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Auth, createAuth } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { codeOf } from './code-of.ts'
import { password, secret } from './known.ts'

const legacy = JSON.parse(
  readFileSync(new URL('../vectors/legacy-password-hashes.json', import.meta.url), 'utf8'),
) as {
  readonly password: string
  readonly hashes: readonly { readonly name: string; readonly hash: string }[]
}
const weak = legacy.hashes.find(({ name }) => name === 'werkzeug legacy sha256')!.hash
const pbkdf2 = legacy.hashes.find(({ name }) => name === 'passlib pbkdf2_sha256')!.hash

describe.each([
  ['memory', async (): Promise<Store> => memoryStore()],
  ['sqlite', (): Promise<Store> => sqliteStore(':memory:')],
])('importing users, on %s', (_, open) => {
  let store: Store
  let auth: Auth
  beforeEach(async () => {
    store = await open()
    auth = createAuth({ store, secret, passwords: { memory: 64, passes: 1 }, limits: false })
  })
  afterEach(async () => {
    await auth.close()
    await store.close()
  })

  it('keeps the id and the hash, which becomes ours at the first sign-in', async () => {
    const { account, isNew } = await auth.importUser({
      id: '42',
      username: 'Ada',
      passwordHash: pbkdf2,
      scope: 'a b',
    })
    expect([isNew, account]).toMatchObject([
      true,
      { id: '42', username: 'Ada', scope: 'a b', disabledAt: null },
    ])
    expect(account).not.toHaveProperty('passwordHash')
    expect((await store.users.find('42'))?.passwordHash).toBe(pbkdf2)
    const { accessToken } = await auth.login({ username: 'ADA', password: legacy.password })
    expect((await auth.authenticate(accessToken)).identity).toBe('42')
    expect((await store.users.find('42'))?.passwordHash).toMatch(/^\$argon2id\$/)
    const [imported] = await store.events.list({ type: 'user.imported', limit: 9 })
    expect(imported).toMatchObject({ userId: '42', data: { hash: 'Passlib pbkdf2' } })
  })

  it('P-15 wraps a weak hash before it lies in the table', async () => {
    await auth.importUser({ id: '42', username: 'ada', passwordHash: weak })
    expect((await store.users.find('42'))?.passwordHash).toMatch(/^latchkey-wrapped\$/)
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('invalid_credentials')
    expect(await codeOf(() => auth.login({ username: 'ada', password: legacy.password }))).toBe('accepted')
  })

  it.each([
    null,
    'plain$$pass',
    '!unusable',
    'x'.repeat(2000),
    '$argon2id$v=19$m=4194304,t=3,p=4$c2FsdHNhbHQ$c3Vt',
  ])('keeps nothing of a hash that nobody can check: %s', async (passwordHash) => {
    await auth.importUser({ id: '42', username: 'ada', passwordHash })
    expect((await store.users.find('42'))?.passwordHash).toBeNull()
    expect(await codeOf(() => auth.login({ username: 'ada', password: 'pass' }))).toBe('invalid_credentials')
    expect(await auth.resetPassword('42', password)).toBe(true)
    expect(await codeOf(() => auth.login({ username: 'ada', password }))).toBe('accepted')
  })

  it('lets nobody in who is disabled', async () => {
    await auth.importUser({ id: '42', username: 'ada', passwordHash: pbkdf2, disabled: true })
    expect(await codeOf(() => auth.login({ username: 'ada', password: legacy.password }))).toBe(
      'invalid_credentials',
    )
    await auth.setDisabled('42', false)
    expect(await codeOf(() => auth.login({ username: 'ada', password: legacy.password }))).toBe('accepted')
  })

  it('changes nothing the second time, also of what changed here meanwhile', async () => {
    await auth.importUser({ id: '42', username: 'ada', passwordHash: pbkdf2 })
    await auth.setScope('42', 'admin')
    await auth.login({ username: 'ada', password: legacy.password })
    const before = await store.users.find('42')
    const again = await auth.importUser({ id: '42', username: 'ADA', passwordHash: pbkdf2, disabled: true })
    expect(again).toMatchObject({ isNew: false, account: { scope: 'admin' } })
    expect((await auth.importUser({ username: 'ada' })).account.id).toBe('42')
    await auth.importUser({ username: 'bob' })
    expect(await auth.importUser({ username: 'bob' })).toMatchObject({ isNew: false })
    expect(await store.users.find('42')).toEqual(before)
    expect(await store.events.list({ type: 'user.imported', limit: 9 })).toHaveLength(2)
  })

  it('takes nobody for somebody else who has registered the name here', async () => {
    await auth.register({ username: 'ada', password })
    expect(await codeOf(() => auth.importUser({ username: 'ADA', passwordHash: pbkdf2 }))).toBe(
      'account_taken',
    )
  })

  it('lets one of twenty that import the same user at once do it', async () => {
    const all = Array.from({ length: 20 }, () => auth.importUser({ id: '42', username: 'ada' }))
    expect((await Promise.all(all)).filter(({ isNew }) => isNew)).toHaveLength(1)
  })

  it('refuses names and ids that are somebody else’s, or were', async () => {
    await auth.importUser({ id: '42', username: 'ada' })
    await auth.importUser({ id: '43', username: 'eve' })
    expect(await codeOf(() => auth.importUser({ id: '44', username: 'ＡＤＡ' }))).toBe('account_taken')
    expect(await codeOf(() => auth.importUser({ id: '42', username: 'bob' }))).toBe('account_taken')
    await auth.deleteUser('43')
    expect(await codeOf(() => auth.importUser({ id: '43', username: 'eve' }))).toBe('account_taken')
    expect(await store.users.find('43')).toBeNull()
  })

  it.each([
    [{ username: '' }],
    [{ username: 7 }],
    [{ username: 'ada', id: '' }],
    [{ username: 'ada', id: 'a\u200bb' }],
    [{ username: 'ada', id: '..' }],
    [{ username: 'ada', id: 42 }],
    [{ username: 'ada', passwordHash: 1 }],
    [{ username: 'ada', scope: null }],
    [{ username: 'ada', disabled: 'no' }],
  ])('refuses %j', async (user) => {
    expect(await codeOf(() => auth.importUser(user as never))).toBe('invalid_input')
    expect(await store.users.list({ after: null, limit: 9 })).toEqual([])
  })

  it('says that a member is misspelt', async () => {
    await expect(auth.importUser({ name: 'ada' } as never)).rejects.toThrow(/name/)
  })
})
