import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../../src/auth/auth.ts'
import { decodeUnverified } from '../../src/jwt/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { password, secret } from './known.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))

describe('what must not be guessed', () => {
  it('S-01: comes from the system’s generator, never from Math.random', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    expect(files.length).toBeGreaterThan(100)
    for (const name of files)
      expect(readFileSync(join(source, name), 'utf8'), name).not.toMatch(/Math\.random/)
  })

  it('S-01: has 128 bits, each of them as often one as zero', async () => {
    const store = memoryStore()
    const auth = createAuth({
      store,
      secret,
      csrf: 'double-submit',
      limits: false,
      passwords: { memory: 8, passes: 1 },
    })
    const { id } = await auth.register({ username: 'ada', password })
    const made: Record<string, string[]> = { user: [id], sid: [], jti: [], csrf: [] }
    for (let i = 0; i < 400; i++) {
      const { accessToken, sessionId } = await auth.login({ username: 'ada', password })
      const { jti, csrf } = decodeUnverified(accessToken).claims as Record<string, string>
      made['sid']?.push(sessionId)
      made['jti']?.push(`${jti}`)
      made['csrf']?.push(`${csrf}`)
    }
    for (const [name, ids] of Object.entries(made)) {
      const all = ids.map((one) => Buffer.from(one, 'base64url'))
      for (const bytes of all) expect(bytes.length, name).toBe(16)
      expect(new Set(ids).size, name).toBe(ids.length)
      if (ids.length === 1) continue
      for (let bit = 0; bit < 128; bit++) {
        const ones = all.filter((bytes) => ((bytes[bit >> 3] as number) >> (bit & 7)) & 1).length
        // Six standard deviations of 400 fair throws: once in a million runs of this test.
        expect(Math.abs(ones - 200), `${name}, bit ${bit}`).toBeLessThanOrEqual(60)
      }
    }
    await auth.close()
  })

  it('S-01: a session id alone opens nothing', async () => {
    const auth = createAuth({
      store: memoryStore(),
      secret,
      limits: false,
      passwords: { memory: 8, passes: 1 },
    })
    await auth.register({ username: 'ada', password })
    const { sessionId } = await auth.login({ username: 'ada', password })
    for (const token of [sessionId, `${sessionId}.0`, `${sessionId}.0.`, `a.${sessionId}.b`]) {
      await expect(auth.refresh(token)).rejects.toMatchObject({ code: 'invalid_grant' })
      await expect(auth.endByToken(token)).rejects.toMatchObject({ code: 'invalid_token' })
      await expect(async () => auth.authenticate(token)).rejects.toMatchObject({ code: 'invalid_token' })
    }
    await auth.close()
  })
})
