import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createAuth, type TokenPair } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withIdsLast } from '../src/commands/program.ts'
import { ISSUER, type Outcome, run, serve, temporaryFolder } from './process.ts'

const password = 'correct horse battery staple'
const folder = temporaryFolder()
const command = (...args: string[]) => run(args, folder.path)
const explain = (token: string, ...args: string[]) =>
  run(['token', 'explain', ...args], folder.path, { input: `${token}\n` })

/** Signs in as the server would, on the same file. */
async function signIn(username: string): Promise<TokenPair> {
  const store = await sqliteStore(join(folder.path, '.latchkey/latchkey.db'))
  const auth = createAuth({ store, issuer: ISSUER, limits: false })
  const pair = await auth.login({ username, password })
  await auth.close()
  await store.close()
  return pair
}

describe('latchkey-server, the command', () => {
  beforeAll(async () => {
    const { code, stderr } = await run(
      ['user', 'add', 'ada', '--password-stdin', '--scope', 'orders:read'],
      folder.path,
      { input: password },
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
  afterAll(() => folder[Symbol.dispose]())

  it('keeps the data folder to its owner', () => {
    expect(statSync(join(folder.path, '.latchkey')).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder.path, '.latchkey/latchkey.db')).mode & 0o777).toBe(0o600)
  })

  it('user list names the users, and never a hash', async () => {
    const people = await command('user', 'list')
    expect(people.stdout).toMatch(/^USER +ID +CREATED +SCOPE\nada +\S+ +\S+ +orders:read\n$/)
    const { stdout } = await command('user', 'list', '--json')
    expect(JSON.parse(stdout)).toMatchObject([{ username: 'ada', scope: 'orders:read', disabled_at: null }])
    expect(stdout).not.toMatch(/hash|argon|scrypt/i)
  })

  it('user add refuses what registration refuses', async () => {
    const taken = await run(['user', 'add', 'ADA', '--password-stdin', '--json'], folder.path, {
      input: password,
    })
    expect([taken.code, JSON.parse(taken.stderr).error]).toEqual([1, 'account_taken'])
    const weak = await run(['user', 'add', 'bob', '--password-stdin', '--json'], folder.path, {
      input: 'short',
    })
    expect([weak.code, JSON.parse(weak.stderr).error]).toEqual([1, 'weak_password'])
  })

  it('user add without a terminal asks for --password-stdin', async () => {
    const { code, stderr } = await command('user', 'add', 'bob')
    expect(code).toBe(1)
    expect(stderr).toContain('--password-stdin')
  })

  it('session list and session revoke', async () => {
    const { sessionId } = await signIn('ada')
    const listed = JSON.parse((await command('session', 'list', 'ada', '--json')).stdout)
    expect(listed).toContainEqual(expect.objectContaining({ id: sessionId, username: 'ada', rotations: 0 }))
    expect((await command('session', 'revoke', sessionId)).code).toBe(0)
    expect((await command('session', 'list')).stdout).not.toContain(sessionId)
    const again = await command('session', 'revoke', sessionId, '--json')
    expect([again.code, JSON.parse(again.stdout)]).toEqual([1, { ended: false }])
  })

  it('S-06, P-13, RV-11, RV-13: what an administrator ends is refused by a running server', async () => {
    using own = temporaryFolder()
    const server = await serve(own.path)
    const tell = (args: string[], input = ''): Promise<Outcome> =>
      run([...args, '--issuer', ISSUER, '--json'], own.path, { input })
    const newPassword = 'an entirely different sentence'
    const post = (path: string, body: unknown): Promise<Response> =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const signInWith = async (secret: string): Promise<string> => {
      const answer = (await (await post('/login', { username: 'eve', password: secret })).json()) as {
        access_token?: string
        error?: string
      }
      return answer.access_token ?? `${answer.error}`
    }
    const refused = async (token: string): Promise<void> => {
      await expect
        .poll(async () => {
          const headers = { authorization: `Bearer ${token}` }
          return (await fetch(`${server.url}/protected`, { headers })).status
        })
        .toBe(401)
    }
    await post('/register', { username: 'eve', password })
    const first = await signInWith(password)
    expect((await tell(['user', 'disable', 'EVE'])).code).toBe(0)
    await refused(first)
    expect(await signInWith(password)).toBe('invalid_credentials')
    expect((await tell(['user', 'enable', 'eve'])).code).toBe(0)
    const second = await signInWith(password)
    expect((await tell(['user', 'password', 'eve', '--password-stdin'], newPassword)).code).toBe(0)
    await refused(second)
    expect(await signInWith(password)).toBe('invalid_credentials')
    const third = await signInWith(newPassword)
    expect(JSON.parse((await tell(['session', 'revoke-all', 'eve'])).stdout)).toEqual({ ended: 1 })
    await refused(third)
    const fourth = await signInWith(newPassword)
    const everyone = await tell(['session', 'revoke-everyone'])
    expect(JSON.parse(everyone.stdout)).toEqual({ ended: 1, issuer: ISSUER })
    await refused(fourth)
    for (const args of [
      ['user', 'disable'],
      ['user', 'enable'],
      ['session', 'revoke-all'],
    ])
      expect((await tell([...args, 'nobody'])).code).toBe(1)
    await server.stop()
  })

  it('K-02, K-07, RV-10: key list, key rotate and key revoke', async () => {
    using own = temporaryFolder()
    const tell = async (...args: string[]) => {
      const { code, stdout } = await run(['key', ...args, '--json'], own.path)
      return { code, answer: JSON.parse(stdout) }
    }
    await run(['user', 'add', 'ada', '--password-stdin'], own.path, { input: password })
    expect((await tell('list')).answer).toEqual([])
    const { kid } = (await tell('rotate')).answer
    const listed = (await tell('list')).answer as { kid: string; state: string }[]
    expect(listed).toContainEqual(expect.objectContaining({ kid, state: 'active', algorithm: 'EdDSA' }))
    for (const key of listed) expect(Object.keys(key)).toEqual(['kid', 'algorithm', 'state', 'since'])
    expect((await tell('revoke', kid)).answer).toEqual({ revoked: true })
    expect((await tell('list')).answer).not.toContainEqual(expect.objectContaining({ kid }))
    expect(await tell('revoke', kid)).toEqual({ code: 1, answer: { revoked: false } })
    expect(await tell('revoke', `-${kid.slice(1)}`)).toEqual({ code: 1, answer: { revoked: false } })
  })

  it.each([
    ['user', 'list'],
    ['user', 'disable', 'ada'],
    ['user', 'password', 'ada', '--password-stdin'],
    ['session', 'list'],
    ['session', 'revoke', 'x'],
    ['token', 'explain', 'x'],
    ['key', 'list'],
    ['key', 'rotate'],
    ['key', 'reseal'],
  ])('%s %s does not take a misspelt folder for one without data, and makes none', async (...args) => {
    using own = temporaryFolder()
    const { code, stderr } = await run([...args, '--data-dir', 'misspelt'], own.path, { input: password })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^latchkey-server: There is no database in .*misspelt\. Name the folder/)
    expect(readdirSync(own.path)).toEqual([])
  })

  it('session revoke takes an id that begins like an option', async () => {
    const { code, stdout } = await command('session', 'revoke', '-hAAAAAAAAAAAAAAAAAAAA', '--json')
    expect([code, JSON.parse(stdout)]).toEqual([1, { ended: false }])
  })

  it('session list of nobody says so', async () => {
    const { code, stderr } = await command('session', 'list', 'nobody')
    expect([code, stderr]).toEqual([1, 'latchkey-server: No user has this name or id.\n'])
  })

  it('token explain shows each check of a token that is accepted, in order', async () => {
    const { accessToken, refreshToken } = await signIn('ada')
    for (const token of [accessToken, refreshToken]) {
      const { code, stdout } = await explain(token)
      expect(code).toBe(0)
      expect(stdout.match(/^✓ \w+/gm)?.map((line) => line.slice(2))).toEqual(
        'form key signature payload kind issuer audience time claims session user answer'.split(' '),
      )
      expect(stdout).not.toContain(token)
    }
    expect((await command('token', 'explain', accessToken)).code).toBe(0)
    // As it is copied out of a request.
    expect((await explain(`Authorization: Bearer ${accessToken}`)).code).toBe(0)
  })

  it('token explain stops at a signature that is not ours', async () => {
    const { accessToken } = await signIn('ada')
    const [header, payload, signature = ''] = accessToken.split('.')
    const forged = `${header}.${payload}.${[...signature].reverse().join('').replace(/.$/, 'A')}`
    const { code, stdout } = await explain(forged)
    expect(code).toBe(1)
    expect(stdout).toMatch(/✓ key[^\n]*\n✗ signature[^\n]*\n· payload/)
    expect(stdout).not.toContain('ada')
  })

  it('token explain goes on after a claim that does not hold', async () => {
    const { accessToken, sessionId } = await signIn('ada')
    const elsewhere = await explain(accessToken, '--issuer', 'https://auth.example.com')
    expect(elsewhere.stdout).toMatch(
      /✗ issuer .*\n✗ audience .*\n✓ time .*\n✓ claims .*\n✓ session .*\n✓ user /,
    )
    await command('session', 'revoke', sessionId)
    const revoked = await explain(accessToken, '--json')
    expect(JSON.parse(revoked.stdout)).toMatchObject({ accepted: false })
    expect(JSON.parse(revoked.stdout).checks.filter((check: { holds: boolean }) => !check.holds)).toEqual([
      { check: 'session', holds: false, why: expect.stringMatching(/^ended at .*: revoked$/) },
      { check: 'answer', holds: false, why: expect.stringMatching(/^revoked_token/) },
    ])
  })

  it('token explain says what is no token', async () => {
    const { code, stdout } = await explain('not.a')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^✗ form .*segments/)
    expect((await explain('')).code).toBe(1)
  })

  it.each([
    ['an unknown command', ['sesion', 'list'], "unknown command 'sesion'"],
    ['an unknown subcommand', ['session', 'lst'], 'Did you mean list?'],
    ['an unknown option', ['user', 'add', 'x', '--rol', 'admin'], "unknown option '--rol'"],
    ['a surplus argument', ['session', 'revoke', 'a', 'b'], 'too many arguments'],
    ['a missing argument', ['session', 'revoke'], "missing required argument 'id'"],
  ])('refuses %s', async (_title, args, message) => {
    const { code, stderr } = await run(args, folder.path)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })

  it('--help names every option and variable that the configuration knows', async () => {
    const { stdout } = await command('--help')
    // A misspelt variable is refused with a list of those that there are.
    const misspelt = await run([], folder.path, { env: { LATCHKEY_X: '1' } })
    const variables = /It knows ([^.]*)\./.exec(misspelt.stderr)?.[1]?.split(', ') ?? []
    expect(variables.length).toBeGreaterThan(8)
    const secrets = ['LATCHKEY_SECRET', 'LATCHKEY_OLD_SECRET', 'LATCHKEY_SERVICE_CREDENTIALS']
    for (const variable of variables.filter((name) => !secrets.includes(name)))
      expect(stdout).toContain(variable)
    for (const option of ['port', 'host', 'data-dir', 'issuer', 'limits', 'trust-proxy', 'log-level'])
      expect((await command('user', 'list', `--${option}`, ' ')).stderr).toContain(`--${option} is empty`)
  })

  it.each([
    'user',
    'user add',
    'user disable',
    'session revoke',
    'session revoke-all',
    'token explain',
    'key reseal',
    '',
  ])('%s --help', async (name) => {
    const { code, stdout } = await command(...name.split(' ').filter(Boolean), '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: latchkey-server ${name}`.trim())
  })
})

describe('ids that begin like an option', () => {
  const id = `-${'a'.repeat(21)}`
  it.each([
    [`session revoke ${id}`, `session revoke -- ${id}`],
    [`session revoke ${id} --data-dir here`, `session revoke --data-dir here -- ${id}`],
    [`user scope ${id} reader --json`, `user scope --json -- ${id} reader`],
    [`user disable --json ${id}`, `user disable --json -- ${id}`],
    [`audit list --user ${id} --json`, `audit list --user ${id} --json`],
    ['user list --json', 'user list --json'],
  ])('are taken for ids: %s', (given, understood) => {
    expect(withIdsLast(given.split(' '))).toEqual(understood.split(' '))
  })
})
