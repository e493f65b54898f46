import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { serve, temporaryFolder } from './process.ts'

const newSecret = (): string => randomBytes(32).toString('base64url')

/** What a secret may look like once it has been copied about. */
const spellings = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  ...(['base64', 'base64url', 'hex'] as const).map((encoding) => Buffer.from(secret).toString(encoding)),
  createHash('sha256').update(secret).digest('hex'),
]

it('G-01, I-91: no secret that goes through the server is in its output, its files or its refusals', async () => {
  using folder = temporaryFolder()
  const [sealing, credential] = [newSecret(), newSecret()]
  const passwords = ['first', 'second', 'wrong', 'weak'].map((name) => `${name} ${newSecret()}`)
  const [first = '', second = '', wrong = ''] = passwords
  const env = { LATCHKEY_SECRET: sealing, LATCHKEY_SERVICE_CREDENTIALS: credential }
  const server = await serve(folder.path, ['--log-level', 'trace', '--limits', 'off'], env)
  const tokens: string[] = []
  const refusals: string[] = []

  async function send(path: string, init: RequestInit = {}): Promise<Record<string, string>> {
    const response = await fetch(`${server.url}${path}`, init)
    const body = await response.text()
    if (response.status >= 400) refusals.push(body, JSON.stringify([...response.headers]))
    const answer = body.startsWith('{') ? JSON.parse(body) : {}
    tokens.push(...[answer.access_token, answer.refresh_token].filter((token) => token !== undefined))
    return answer
  }
  const post = (path: string, body: unknown, headers = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
  const form = (path: string, token: string, headers = {}) =>
    send(path, { method: 'POST', body: new URLSearchParams({ token }), headers })

  // What works.
  await post('/register', { username: 'ada', password: first })
  const login = await post('/login', { username: 'ada', password: first })
  const access = `${login['access_token']}`
  const refreshed = await post('/refresh', { refresh_token: login['refresh_token'] })
  await post('/refresh', { refresh_token: login['refresh_token'] })
  await send('/whoami', { headers: bearer(access) })
  await send('/sessions', { headers: bearer(access) })
  await form('/introspect', access, bearer(credential))
  await send('/revocations?after=0', { headers: bearer(credential) })
  await post('/password', { current_password: first, new_password: second }, bearer(access))

  // What does not.
  await post('/register', { username: 'ada', password: first })
  await post('/register', { username: 'bob', password: 'weak' })
  await post('/register', { username: 'bob', password: first, role: first })
  await post('/login', { username: 'ada', password: wrong })
  await post('/login', { username: wrong, password: wrong })
  await post('/login', { username: 'ada', password: [wrong] })
  await post('/login', `{"username":"ada","password":"${wrong}"`)
  await post('/login', { username: 'ada', password: wrong.repeat(40) })
  await post('/password', { current_password: wrong, new_password: second }, bearer(access))
  await post('/refresh', { refresh_token: `${refreshed['refresh_token']}x` })
  await post('/refresh', { refresh_token: access })
  await send(`/${access}?access_token=${access}`, { headers: bearer(access) })
  await send(`/protected?access_token=${access}`)
  await send('/protected', { headers: { ...bearer(access), cookie: `__Host-access_token=${access}` } })
  await send(`/sessions/${access}`, { method: 'DELETE', headers: bearer(access) })
  await form('/introspect', access, bearer(`${credential}x`))
  await form('/revoke', `${refreshed['refresh_token']}`)
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET /whoami HTTP/1.1\r\nauthorization Bearer ${access}\r\n\r\n`)
  refusals.push(await text(socket))
  await fetch(`${server.url}/metrics`, { headers: bearer(`${credential}x`) })
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: bearer(credential) })).text()
  expect(await server.stop()).toBe(0)

  const files = readdirSync(join(folder.path, '.latchkey')).map((name) =>
    readFileSync(join(folder.path, '.latchkey', name), 'latin1'),
  )
  const everything = [server.output(), metrics, ...refusals, ...files].join('\n')
  const signatures = tokens.flatMap((token) => [token, token.split('.')[2] ?? ''])
  expect(tokens.length).toBeGreaterThan(6)
  expect(everything).toContain('wrong_password')
  expect(metrics).toContain('invalid_credentials')
  // Whoever reads the metrics learns how many, never who.
  expect(metrics).not.toMatch(/\bada\b|\bbob\b|127\.0\.0\.1/)
  const leaked = [...passwords, sealing, credential, ...signatures].filter((secret) =>
    spellings(secret).some((spelling) => everything.includes(spelling)),
  )
  expect(leaked).toEqual([])
  expect(everything).not.toMatch(/PRIVATE KEY|"d":/)
})
