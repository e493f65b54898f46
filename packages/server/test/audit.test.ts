import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ISSUER, main, run, serveUntil, temporaryFolder } from './process.ts'

const PASSWORD = 'correct horse battery staple'
const AGENT = '=HYPERLINK("http://evil.example","a,b")'
const folder = temporaryFolder()
const audit = (...args: string[]) => run(['audit', ...args], folder.path)
const listed = async (...args: string[]) => JSON.parse((await audit('list', '--json', ...args)).stdout)

describe('latchkey-server audit', () => {
  const tokens: string[] = []
  let deleted = ''
  let killServer = (): void => {}

  beforeAll(async () => {
    const server = await serveUntil(
      (kill) => {
        killServer = kill
      },
      folder.path,
      ['--limits', 'off'],
    )
    const post = (path: string, body: object, headers = {}) =>
      fetch(server.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': AGENT, ...headers },
        body: JSON.stringify(body),
      })
    for (const username of ['ada', 'bob', 'gone']) await post('/register', { username, password: PASSWORD })
    const login = await (await post('/login', { username: 'ada', password: PASSWORD })).json()
    tokens.push(login.access_token, login.refresh_token)
    await post('/login', { username: 'bob', password: 'a wrong password' })
    await post('/login', { username: 'nobody', password: 'a wrong password' })
    await post('/logout', {}, { authorization: `Bearer ${login.access_token}` })
    await server.stop()
    const store = await sqliteStore(join(folder.path, '.latchkey/latchkey.db'))
    const auth = createAuth({ store, issuer: ISSUER })
    deleted = (await store.users.findByKey('gone'))?.id ?? ''
    await auth.deleteUser(deleted)
    await auth.close()
    await store.close()
  })
  afterAll(() => {
    killServer()
    folder[Symbol.dispose]()
  })

  it('list shows what happened, newest first, with times, names and reasons', async () => {
    const { code, stdout } = await audit('list')
    expect(code).toBe(0)
    const [header, ...rows] = stdout.trimEnd().split('\n')
    expect(header).toMatch(/^TIME +KIND +USER +ADDRESS +DETAILS$/)
    expect(rows.map((row) => row.split(/ +/)[1])).toEqual([
      'user.deleted',
      'session.ended',
      'login.failed',
      'login.failed',
      'session.started',
      'user.registered',
      'user.registered',
      'user.registered',
      'keys.changed',
    ])
    expect(rows[1]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z +session\.ended +ada +127\.0\.0\.1 +reason=logout$/)
    expect(rows[3]).toMatch(/ bob +127\.0\.0\.1 +reason=wrong_password attempts=1$/)
  })

  it('list filters by user, kind and time, and stops at a limit', async () => {
    const kinds = (entries: { kind: string }[]) => entries.map(({ kind }) => kind)
    expect(kinds(await listed('--user', 'ADA'))).toEqual([
      'session.ended',
      'session.started',
      'user.registered',
    ])
    expect(kinds(await listed('--user', 'ada', '--kind', 'session.ended'))).toEqual(['session.ended'])
    expect(kinds(await listed('--kind', 'login.failed'))).toHaveLength(2)
    expect(kinds(await listed('--limit', '2'))).toEqual(['user.deleted', 'session.ended'])
    expect(kinds(await listed('--since', '1h'))).toHaveLength(9)
    expect(await listed('--since', '2999-01-01')).toEqual([])
    expect(await listed('--kind', 'nothing')).toEqual([])
    expect((await audit('list', '--kind', 'nothing')).stdout).toBe('There are no such events.\n')
  })

  it('list finds users who were deleted by their id, and knows no name of them', async () => {
    const entries = await listed('--user', deleted)
    expect(entries).toMatchObject([
      { kind: 'user.deleted', user_id: deleted, username: null },
      { kind: 'user.registered', user_id: deleted, username: null },
    ])
    const { code, stderr } = await audit('list', '--user', 'somebody')
    expect([code, stderr]).toEqual([1, 'latchkey-server: No user has this name or id.\n'])
  })

  it('list refuses what it does not understand', async () => {
    for (const args of [
      ['--since', 'yesterday'],
      ['--since', '24'],
      ['--limit', '0'],
      ['--limit', 'all'],
    ]) {
      const { code, stderr, stdout } = await audit('list', ...args, '--json')
      expect([code, JSON.parse(stderr).error, stdout]).toEqual([1, 'invalid_input', ''])
    }
    expect((await audit('export', '--format', 'xml')).code).toBe(1)
  })

  it('export writes everything as lines of JSON, or as CSV that a spreadsheet does not compute', async () => {
    const jsonl = (await audit('export')).stdout.trimEnd().split('\n')
    expect(jsonl.map((line) => JSON.parse(line))).toEqual(await listed())
    const csv = (await audit('export', '--format', 'csv', '--kind', 'login.failed', '--user', 'bob')).stdout
    const [header, row, ...rest] = csv.split('\r\n')
    expect(header).toBe('id,at,kind,user_id,username,session_id,address,user_agent,data')
    expect(row).toMatch(
      /^\d+,\d{4}-[^,]+Z,login\.failed,[\w-]{22},bob,,127\.0\.0\.1,"'=HYPERLINK\(""http:\/\/evil\.example"",""a,b""\)","\{""reason"":/,
    )
    expect(rest).toEqual([''])
  })

  it('G-01: neither list nor export holds a token, a password or a hash', async () => {
    const outputs = [await audit('list'), await audit('list', '--json'), await audit('export')]
    const text = outputs.map(({ stdout }) => stdout).join()
    for (const secret of [
      PASSWORD,
      'a wrong password',
      ...tokens,
      ...tokens.map((token) => token.split('.')[2]),
    ])
      expect(text).not.toContain(secret)
    expect(text).not.toMatch(/argon|scrypt|"hash|hash"/i)
  })
})

describe('latchkey-server audit, of a log with many pages', () => {
  const long = temporaryFolder()
  const COUNT = 1100
  const shell = (line: string) =>
    promisify(execFile)('bash', ['-o', 'pipefail', '-c', line, process.execPath, main], { cwd: long.path })

  beforeAll(async () => {
    await run(['user', 'add', 'ada', '--password-stdin'], long.path, { input: PASSWORD })
    const store = await sqliteStore(join(long.path, '.latchkey/latchkey.db'))
    const about = { userId: null, sessionId: null, address: null, userAgent: 'x'.repeat(200) }
    for (let count = 0; count < COUNT; count += 1)
      await store.events.append({ type: 'login.failed', ...about, data: { count } })
    await store.close()
  })
  afterAll(() => long[Symbol.dispose]())

  it('export leaves nothing out and repeats nothing', async () => {
    const { stdout } = await run(['audit', 'export', '--kind', 'login.failed'], long.path)
    const counts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).data.count)
    expect(counts).toEqual(Array.from({ length: COUNT }, (_, index) => COUNT - 1 - index))
  })

  it.each([
    'audit export',
    'audit export --format csv',
    'audit list --limit 2000',
    'audit list --limit 2000 --json',
  ])('%s ends quietly when its reader has enough, as head', async (line) => {
    const { stdout, stderr } = await shell(`"$0" "$1" ${line} | head -c 10`)
    expect([stdout.length, stderr]).toEqual([10, ''])
  })
})
