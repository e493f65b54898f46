import { randomBytes } from 'node:crypto'
import { createVerifier } from 'latchkey'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bearer, signIn, signUp } from './in-process.ts'
import { run, serve, temporaryFolder } from './process.ts'

const POSTGRES = process.env['LATCHKEY_TEST_POSTGRES']
const REDIS = process.env['LATCHKEY_TEST_REDIS']

const newSecret = (): string => randomBytes(32).toString('base64url')

/** The environment of every node of one fleet, on a database of its own. */
async function fleet(): Promise<Record<string, string>> {
  const name = `fleet_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: POSTGRES })
  await admin.connect()
  await admin.query(`create database ${name}`)
  onTestFinished(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  const database = new URL(POSTGRES as string)
  database.pathname = `/${name}`
  return {
    LATCHKEY_DATABASE_URL: database.href,
    ...(REDIS === undefined ? {} : { LATCHKEY_REDIS_URL: REDIS }),
    LATCHKEY_SECRET: newSecret(),
    LATCHKEY_SERVICE_CREDENTIALS: newSecret(),
    LATCHKEY_LIMITS: 'off',
  }
}

describe.skipIf(POSTGRES === undefined)('a fleet, with LATCHKEY_TEST_POSTGRES', () => {
  it('shares accounts, keys and sessions, and every node feels a log-out', async () => {
    using folder = temporaryFolder()
    const env = await fleet()
    const nodes = await Promise.all([1, 2, 3].map(() => serve(folder.path, [], env)))
    const [first, second, third] = nodes.map(({ url }) => url) as [string, string, string]
    await signUp(first, 'ada')
    const pair = await signIn(second, 'ada')
    const on = async (url: string) => (await fetch(`${url}/protected`, bearer(pair.access_token))).status
    expect(await Promise.all([first, second, third].map(on))).toEqual([200, 200, 200])
    const refreshed = await fetch(`${third}/refresh`, { method: 'POST', ...bearer(pair.refresh_token) })
    expect(refreshed.status).toBe(200)
    await fetch(`${first}/logout`, { method: 'POST', ...bearer(pair.access_token) })
    expect(await on(first)).toBe(401)
    await expect
      .poll(async () => (await Promise.all([second, third].map(on))).join(), { timeout: 5000 })
      .toBe('401,401')
    expect(await Promise.all(nodes.map((node) => node.stop()))).toEqual([0, 0, 0])
  })

  it('is followed by a verifying service that asks nobody for each request', async () => {
    using folder = temporaryFolder()
    const env = await fleet()
    const { url } = await serve(folder.path, [], env)
    const issuer = 'http://localhost:8787'
    const verifier = createVerifier(issuer, {
      audience: issuer,
      log: () => {},
      jwksUri: `${url}/.well-known/jwks.json`,
      feed: { url: `${url}/revocations`, credential: env['LATCHKEY_SERVICE_CREDENTIALS'] as string },
    })
    const { access_token } = await signUp(url, 'ada')
    expect((await verifier.authenticate(access_token)).identity).toMatch(/^[\w-]{22}$/)
    await fetch(`${url}/logout`, { method: 'POST', ...bearer(access_token) })
    const codeOf = async () => {
      try {
        await verifier.authenticate(access_token)
        return 'accepted'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    await expect.poll(codeOf, { timeout: 5000 }).toBe('revoked_token')
    await verifier.close()
  })

  it('F-45: does not let in a node with another sealing secret', async () => {
    using folder = temporaryFolder()
    const env = await fleet()
    const first = await serve(folder.path, [], env)
    const { code, stderr } = await run(['--port', '0', '--issuer', 'http://localhost:8787'], folder.path, {
      env: { ...env, LATCHKEY_SECRET: newSecret() },
    })
    expect(code).toBe(1)
    expect(stderr).toContain('LATCHKEY_SECRET does not open the stored keys')
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  })

  it('runs the commands on the same database', async () => {
    using folder = temporaryFolder()
    const env = await fleet()
    const added = await run(['user', 'add', 'ada', '--password-stdin'], folder.path, {
      env,
      input: 'correct horse battery staple\n',
    })
    expect(added.code).toBe(0)
    const { url } = await serve(folder.path, [], env)
    const { access_token } = await signIn(url, 'ada')
    expect((await fetch(`${url}/protected`, bearer(access_token))).status).toBe(200)
  })
})
