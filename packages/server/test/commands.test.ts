import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createAuth, type TokenPair } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ISSUER, run, temporaryFolder } from './process.ts'

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
    expect(JSON.parse(stdout)).toMatchObject([{ username: 'ada', scope: 'orders:read', disabledAt: null }])
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

  it.each(['user', 'user add', 'session revoke', 'token explain', 'key reseal', ''])(
    '%s --help',
    async (name) => {
      const { code, stdout } = await command(...name.split(' ').filter(Boolean), '--help')
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: latchkey-server ${name}`.trim())
    },
  )
})
