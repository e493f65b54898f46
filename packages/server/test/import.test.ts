import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ISSUER, type Outcome, run, temporaryFolder } from './process.ts'

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
      '4 users: 4 imported, 0 there already, 0 refused.',
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
    const file = write('users.csv', `username,password_hash\nada,${werkzeug}\nADA,${weak}\n\u200b,\n`)
    const { code, stdout } = await command([file, '--dry-run'])
    expect([code, stdout.split('\n')]).toEqual([
      1,
      [
        '3 users: 1 can be imported, 2 refused.',
        'HASH             USERS  WHAT BECOMES OF IT',
        'Werkzeug scrypt  1      upgraded at the next sign-in',
        'line 3: account_taken: Another line has that user name.',
        expect.stringMatching(/^line 4: invalid_input: The user name is empty/),
        'Nothing was written.',
        '',
      ],
    ])
    expect((await run(['user', 'list'], folder.path)).code).not.toBe(0)
  })

  it('goes on where it was interrupted: nobody is lost or doubled', async () => {
    const rows = Array.from({ length: 300 }, (_, at) => JSON.stringify({ id: at, username: `user${at}` }))
    await told([write('some.jsonl', rows.slice(0, 130).join('\n'))])
    const all = write('all.jsonl', `${rows.join('\n')}\n\n`)
    expect(await told([all])).toMatchObject({ users: 300, imported: 170, present: 130, refused: [] })
    expect(await told([all])).toMatchObject({ imported: 0, present: 300 })
    expect(await list()).toHaveLength(300)
  })

  it('refuses a row without stopping for it, and says where it was', async () => {
    const rows = [
      { id: '1', username: 'ada' },
      { id: '2', username: 'ADA' },
      { id: '1', username: 'bob' },
      { id: ' 3', username: 'eve' },
      { username: 'dan', disabled: 'maybe' },
      { username: 'ann', scope: 'é' },
      { username: ['x'] },
      { username: 'zoe', password_hash: 'md4$x' },
    ]
    const answer = await told(['-', '--format', 'jsonl'], rows.map((row) => JSON.stringify(row)).join('\n'))
    expect(answer).toMatchObject({ users: 8, imported: 2 })
    const refused = answer['refused'] as readonly { readonly line: number; readonly error: string }[]
    expect(refused.map(({ line, error }) => [line, error])).toEqual([
      [2, 'account_taken'],
      [3, 'account_taken'],
      [4, 'invalid_input'],
      [5, 'invalid_input'],
      [6, 'invalid_input'],
      [7, 'invalid_input'],
    ])
  })

  it('reads bcrypt of Flask-Bcrypt that hashes long passwords, when it is told so', async () => {
    const { hash } = hashes.find(({ hash }) => hash.startsWith('bcrypt_sha256$$'))!
    const file = write('users.csv', `username,password_hash\nada,${hash.slice('bcrypt_sha256$'.length)}\n`)
    expect((await command([file, '--long-passwords'])).code).toBe(0)
    expect(await signIn('ada')).not.toBe('invalid_credentials')
  })

  it.each([
    ['a file that is not there', ['none.csv'], '', /cannot be opened \(ENOENT\)/],
    [
      'a column that is not there',
      ['-', '--map', 'name=email'],
      'username\nada\n',
      /no column "email".*username/,
    ],
    ['no column of names', ['-'], 'login\nada\n', /no column "username"/],
    ['a mapping of something else', ['-', '--map', 'mail=email'], '', /--map: expected pairs/],
    [
      'a line that is no CSV',
      ['-'],
      `username,password_hash\nada,"${'x'.repeat(9)}\n`,
      /^latchkey-server: Line \d+ is no CSV/,
    ],
    [
      'a line that is no JSON',
      ['-', '--format', 'jsonl'],
      '{"username":"ada"}\n{"password_hash":"secret',
      /Line 2 is no JSON/,
    ],
    ['a line that is no object', ['-', '--format', 'jsonl'], '["ada"]', /Line 1 is no JSON object/],
  ])('refuses %s, and quotes no hash', async (_, args, input, said) => {
    const { code, stderr } = await command(args, input)
    expect(code).toBe(1)
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/xxx|secret/)
  })
})
