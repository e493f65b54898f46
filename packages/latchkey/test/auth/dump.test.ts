import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createAuth } from '../../src/auth/auth.ts'
import { unseal } from '../../src/auth/sealing.ts'
import { importPrivateKey, secretKey, signJwt } from '../../src/jwt/index.ts'
import { openEngine } from '../../src/store/sqlite/engine.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { codeOf } from './code-of.ts'
import { password } from './known.ts'

const attempt = <T>(act: () => T): T | null => {
  try {
    return act()
  } catch {
    return null
  }
}

it('RT-20, K-01: whoever has the whole database, and not the sealing secret, can make no token with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-dump-'))
  const path = join(folder, 'app.db')
  const store = await sqliteStore(path, { sealingSecret: 'a sealing secret that lies somewhere else' })
  const auth = createAuth({ store, passwords: { memory: 8, passes: 1 } })
  const { id } = await auth.register({ username: 'ada', password })
  const pair = await auth.login({ username: 'ada', password })
  await auth.refresh(pair.refreshToken)

  const engine = await openEngine(path)
  const tables = engine
    .all("select name from sqlite_master where type = 'table'")
    .map(({ name }) => String(name))
  const values = new Set(
    tables
      .flatMap((table) => engine.all(`select * from ${table}`))
      .flatMap(Object.values)
      .map(String),
  )
  engine.close()
  expect(values.size).toBeGreaterThan(30)

  const { keys } = await store.keys.list()
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'latchkey',
    aud: 'latchkey',
    sub: id,
    sid: pair.sessionId,
    uep: 0,
    iat: now,
    exp: now + 600,
  }
  const forge = (secret: string): string[] => {
    const key =
      attempt(() => secretKey(secret, { allowShort: true })) ?? attempt(() => importPrivateKey(secret))
    if (!key) return []
    return ['access', 'refresh'].flatMap((type) =>
      keys.map(({ kid }) =>
        signJwt({ ...claims, jti: 'x', type, gen: 1 }, key, {
          typ: type === 'access' ? 'at+jwt' : 'rt+jwt',
          kid,
        }),
      ),
    )
  }
  for (const value of values) {
    expect(value).not.toMatch(/"d"\s*:|PRIVATE KEY/)
    for (const { sealed, kid } of keys) {
      expect(attempt(() => unseal(sealed ?? '', Buffer.from(value), kid))).toBeNull()
    }
    for (const token of [value, ...forge(value)]) {
      expect(await codeOf(() => auth.authenticate(token))).toBe('invalid_token')
      expect(await codeOf(() => auth.refresh(token))).toBe('invalid_grant')
    }
  }
  expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('accepted')
  await auth.close()
  await store.close()
  await rm(folder, { recursive: true })
})
