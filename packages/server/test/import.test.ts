import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ISSUER, main, type Outcome, run, temporaryFolder } from './process.ts'

/** Made by the systems themselves, all of one password. */
const { password, hashes } = JSON.parse(
  readFileSync(new URL('../../latchkey/test/vectors/legacy-password-hashes.json', import.meta.url), 'utf8'),
) as {
  readonly password: string
  readonly hashes: readonly { readonly name: string; readonly expected: string; readonly hash: string }[]
}

function hashOf(name: string): string {
  const found = hashes.find((one) => one.name === name)
  if (!found) throw new Error(`no ${name} among the vectors`)
  return found.hash
}
const [werkzeug, weak] = [hashOf('werkzeug default'), hashOf('werkzeug legacy sha256')]

describe('latchkey-server user import', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder[Symbol.dispose]())

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text)
    return name
  }
  const command = (args: readonly string[], input = ''): Promise<Outcome> =>
    run(['user', 'import', ...args], folder.path, { input })
  const told = async (args: readonly string[], input = ''): Promise<Record<string, unknown>> =>
    JSON.parse((await command([...args, '--json'], input)).stdout)
  const list = async (): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse((await run(['user', 'list', '--json'], folder.path)).stdout)
  const onStore = async <T>(
    act: (parts: {
      readonly auth: ReturnType<typeof createAuth>
      readonly store: Awaited<ReturnType<typeof sqliteStore>>
    }) => Promise<T>,
  ): Promise<T> => {
    const store = await sqliteStore(join(folder.path, '.latchkey/latchkey.db'))
    const auth = createAuth({ store, issuer: ISSUER, limits: false })
    try {
      return await act({ auth, store })
    } finally {
      await auth.close()
      await store.close()
    }
  }
  const signIn = (username: string): Promise<string> =>
    onStore(async ({ auth }) => {
      const { accessToken } = await auth.login({ username, password })
      return (await auth.authenticate(accessToken)).identity
    }).catch((error: { readonly code: string }) => error.code)
  const storedHash = (id: string): Promise<string | null | undefined> =>
    onStore(async ({ store }) => (await store.users.find(id))?.passwordHash)

  it('P-15 takes ids, scopes and hashes over, and whoever is known there signs in', async () => {
    const file = write(
      'users.csv',
      `\uFEFFid,email,password,roles,is_active\r\n7,ada@example.com,${werkzeug},orders:read  admin,True\r\n` +
        `8,"bob ""the builder""@example.com",${weak},,1\r\n9,eve@example.com,${werkzeug},,f\r\n10,new@example.com,!unusable,,t\r\n`,
    )
    const { code, stdout } = await command([
      file,
      '--map',
      'name=email, hash=password,scope=roles,active=is_active',
    ])
    expect(stdout.split('\n')).toEqual([
      '4 users: 4 imported (1 disabled), 0 there already, unchanged, 0 refused.',
      'HASH                      USERS  WHAT BECOMES OF IT',
      'Werkzeug scrypt           2      upgraded at the next sign-in',
      'Django unusable password  1      no sign-in until the password is reset',
      'salted digest             1      wrapped in argon2id, upgraded at the next sign-in',
      '',
    ])
    expect(code).toBe(0)
    expect(await list()).toMatchObject([
      { id: '7', username: 'ada@example.com', scope: 'orders:read admin', disabled_at: null },
      { id: '8', username: 'bob "the builder"@example.com' },
      { id: '9', disabled_at: expect.any(String) },
      { id: '10', disabled_at: null },
    ])
    expect(await storedHash('8')).toMatch(/^latchkey-wrapped\$/)
    const names = ['ADA@example.com', 'bob "the builder"@example.com', 'eve@example.com', 'new@example.com']
    const outcomes = []
    for (const name of names) outcomes.push(await signIn(name))
    expect(outcomes).toEqual(['7', '8', 'invalid_credentials', 'invalid_credentials'])
    for (const id of ['7', '8']) expect(await storedHash(id)).toMatch(/^\$argon2id\$/)
  })

  it('looks at a file without writing anything', async () => {
    const file = write(
      'users.csv',
      `username,password_hash,id\nada,${werkzeug},1\nADA,${weak},2\n\u200b,,3\neve,, 4\n`,
    )
    const { code, stdout } = await command([file, '--dry-run'])
    expect([code, stdout.split('\n')]).toEqual([
      1,
      [
        '4 users: 1 can be imported, 3 refused.',
        'HASH             USERS  WHAT BECOMES OF IT',
        'Werkzeug scrypt  1      upgraded at the next sign-in',
        'line 3: account_taken: Another line has that user name.',
        expect.stringMatching(/^line 4: invalid_input: The user name is empty/),
        expect.stringMatching(/^line 5: invalid_input: "id" must be/),
        'Nothing was written.',
        '',
      ],
    ])
    expect((await run(['user', 'list'], folder.path)).code).not.toBe(0)
  })

  it.each([
    ['with ids', (at: number) => ({ id: at, username: `user${at}` })],
    ['without ids', (at: number) => ({ username: `user${at}` })],
  ])('goes on where it was killed, %s: nobody is lost or doubled', async (_, userOf) => {
    const count = 3000
    const rows = Array.from({ length: count }, (_, at) => JSON.stringify(userOf(at)))
    const file = write('all.jsonl', `${rows.join('\r\n')}\r\n\r\n`)
    const args = ['user', 'import', file, '--without-passwords']
    const child = spawn(process.execPath, [main, ...args], { cwd: folder.path, stdio: 'ignore' })
    const isBegun = (): Promise<boolean> =>
      onStore(
        async ({ store }) => (await store.users.list({ after: null, limit: 100 })).length === 100,
      ).catch(() => false)
    await expect.poll(isBegun, { timeout: 10_000 }).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const before = (await list()).length
    const { users, imported, present } = await told([file, '--without-passwords'])
    expect([users, imported, present]).toEqual([count, count - before, before])
    expect(await told([file, '--without-passwords'])).toMatchObject({ imported: 0, present: count })
    expect(await list()).toHaveLength(count)
  })

  it('refuses a row without stopping for it, and says where it was', async () => {
    const rows = [
      { id: '1', username: 'ada' },
      { id: '2', username: 'ADA' },
      { id: '1', username: 'bob' },
      { id: ' 3', username: 'eve' },
      { username: 'dan', disabled: 'maybe' },
      { username: ['x'] },
      { id: 2 ** 60, username: 'max' },
      { username: 'zoe', password_hash: 'md4$x' },
    ]
    const lines = [
      ...rows.map((row) => JSON.stringify(row)),
      '{"username":',
      '["ada"]',
      '{"username":"M\uFFFDller"}',
    ]
    const answer = await told(['-', '--format', 'jsonl'], lines.join('\n'))
    expect(answer).toMatchObject({ users: 11, imported: 2, refused: 9 })
    const refusals = answer['refusals'] as readonly { readonly line: number; readonly error: string }[]
    expect(refusals.map(({ line, error }) => [line, error])).toEqual([
      [2, 'account_taken'],
      [3, 'account_taken'],
      ...[4, 5, 6, 7, 9, 10, 11].map((line) => [line, 'invalid_input']),
    ])
  })

  it('reads CSV that breaks its lines in several ways, and refuses a row of other columns', async () => {
    const rows = `username,password_hash\nada,${werkzeug}\r\nbob,${werkzeug},x\r\n"e\nve",\r\ndan\rzoe,${weak}\n`
    const { users, refusals, hashes } = await told(['-', '--dry-run'], rows)
    expect(users).toBe(5)
    expect(hashes).toMatchObject([
      { format: 'Werkzeug scrypt', users: 1 },
      { format: 'salted digest', users: 1 },
    ])
    expect((refusals as readonly { readonly line: number }[]).map(({ line }) => line)).toEqual([3, 5, 6])
  })

  it('says which lines a quote that is not closed has taken along', async () => {
    const rows = ['username,password_hash,', 'ada,,', '"eve,,', 'dan,,', '"O\'Neil, Bob",,', 'zoe,,']
    const { users, imported, refusals } = await told([write('users.csv', rows.join('\n'))])
    expect([users, imported, refusals]).toMatchObject([
      3,
      2,
      [{ line: 3, msg: expect.stringMatching(/^Lines 3 to 5 are no CSV/) }],
    ])
  })

  it('gives scopes only where it is told to', async () => {
    const rows = 'username,scope\nada,latchkey:admin\n'
    await told(['-', '--without-passwords'], rows)
    expect(await list()).toMatchObject([{ username: 'ada', scope: '' }])
  })

  it('reads bcrypt of Flask-Bcrypt that hashes long passwords, when it is told so', async () => {
    const { hash } = hashes.find(({ hash }) => hash.startsWith('bcrypt_sha256$$'))!
    const file = write('users.csv', `username,password_hash\nada,${hash.slice('bcrypt_sha256$'.length)}\n`)
    expect((await command([file, '--long-passwords'])).code).toBe(0)
    const [user] = await list()
    expect(await signIn('ada')).toBe(user?.['id'])
  })

  it.each([
    ['a file that is not there', ['none.csv'], '', /cannot be opened \(ENOENT\)/],
    ['a folder', ['.'], '', /cannot be opened \(EISDIR\)/],
    [
      'a column that is not there',
      ['-', '--map', 'name=email'],
      'username\nada\n',
      /No "email" for the name; there are: username\./,
    ],
    [
      'hashes in a column of another name',
      ['-'],
      'username,secret\nada,x\n',
      /No "password_hash".*--without-passwords/,
    ],
    [
      'a file without column names',
      ['-'],
      `7,ada,$2b$12$xxx\n8,eve,$2b$12$xxx\n`,
      /is its first line one of column names/,
    ],
    [
      'two columns of one name',
      ['-'],
      'username,password_hash,username\na,b,c\n',
      /Columns 1 and 3 have the same name/,
    ],
    ['a mapping of something else', ['-', '--map', 'mail=email'], '', /--map: expected pairs/],
    ['two columns for one thing', ['-', '--map', 'name=a,name=b'], '', /--map: expected pairs/],
  ])('refuses %s before it makes anything, and quotes no hash', async (_, args, input, said) => {
    const { code, stderr } = await command(args, input)
    expect(code).toBe(1)
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/xxx/)
    if (args[0] !== '-') expect(existsSync(join(folder.path, '.latchkey'))).toBe(false)
  })

  it.each([
    ['an open quote', 'username,password_hash\nada,\neve,"xxx\n'],
    ['a quote within a field', 'username,password_hash\nada,\neve,xxx"xxx\n'],
    ['another separator', 'username,password_hash\nada,\neve;xxx;"xxx"\n'],
    ['a quote and a row without an end', `username,password_hash\nada,\neve,x"${'xxx'.repeat(400_000)}`],
    ['a row without an end', `username,password_hash\nada,\neve,"${'xxx'.repeat(400_000)}`],
    ['nothing but column names', 'username,password_hash\n'],
    ['nothing', ''],
  ])('says that it was not all with %s, and quotes nothing', async (_, text) => {
    const { code, stdout, stderr } = await command([write('users.csv', text)])
    expect(code).toBe(1)
    expect(stdout).toMatch(/1 imported, .* [12] refused|no users in it/)
    expect(stdout + stderr).not.toMatch(/xxx/)
  })
})
