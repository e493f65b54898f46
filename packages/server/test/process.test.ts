import { once } from 'node:events'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { bearer, PASSWORD, signIn, signUp } from './in-process.ts'
import { ISSUER, run, serve, temporaryFolder } from './process.ts'

const OLD = 'the sealing secret of the years before'
const NEW = 'the sealing secret from today onwards'

describe('latchkey-server, the process', () => {
  it('starts without any configuration, says where it listens and what to try, and keeps everything in one folder', async () => {
    using folder = temporaryFolder()
    const server = await serve(folder.path)
    expect(server.output()).toMatch(/Latchkey listens on http:\/\/127\.0\.0\.1:\d+\n/)
    expect(server.output()).toContain('/register')
    expect(server.output()).toContain('-d \'{"username":"ada"')
    for (const file of ['latchkey.db', 'latchkey.db.secret']) {
      expect(statSync(join(folder.path, '.latchkey', file)).mode & 0o077).toBe(0)
    }
    expect(await server.stop()).toBe(0)
  })

  it('keeps keys, users and sessions over a restart', async () => {
    using folder = temporaryFolder()
    const first = await serve(folder.path)
    const pair = await signUp(first.url, 'ada')
    expect(await first.stop()).toBe(0)
    const second = await serve(folder.path)
    expect((await fetch(`${second.url}/protected`, bearer(pair.access_token))).status).toBe(200)
    expect((await signIn(second.url, 'ada')).access_token).toMatch(/^ey/)
    expect(await second.stop('SIGINT')).toBe(0)
  })

  it('finishes what is under way after SIGTERM, and takes nothing new (F-34)', async () => {
    using folder = temporaryFolder()
    const server = await serve(folder.path)
    await signUp(server.url, 'ada')
    const { hostname, port } = new URL(server.url)
    const body = JSON.stringify({ username: 'ada', password: PASSWORD })
    const slow = connect(Number(port), hostname)
    const answer = text(slow)
    const head = [
      'POST /login HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ]
    slow.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
    await vi.waitFor(async () => expect((await fetch(`${server.url}/healthz`)).status).toBe(200))
    const stopped = server.stop()
    await vi.waitFor(() => expect(server.output()).toContain('stopping'))
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
    slow.write(body.slice(10))
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*"access_token"/i)
    expect(await stopped).toBe(0)
  })

  it('a session that a command revokes is refused by the running server', async () => {
    using folder = temporaryFolder()
    const server = await serve(folder.path)
    const { access_token } = await signUp(server.url, 'ada')
    const [session] = JSON.parse((await run(['session', 'list', '--json'], folder.path)).stdout)
    expect((await run(['session', 'revoke', session.id], folder.path)).code).toBe(0)
    await vi.waitFor(async () =>
      expect((await fetch(`${server.url}/protected`, bearer(access_token))).status).toBe(401),
    )
    await server.stop()
  })

  it('two servers on one file are one: a race of refreshes has one outcome, a log-out is felt by both (F-15, RT-01)', async () => {
    using folder = temporaryFolder()
    const [one, two] = await Promise.all([serve(folder.path), serve(folder.path)])
    const { access_token, refresh_token } = await signUp(one.url, 'ada')
    expect((await fetch(`${two.url}/protected`, bearer(access_token))).status).toBe(200)
    const refresh = async (url: string): Promise<string> => {
      const response = await fetch(`${url}/refresh`, { method: 'POST', ...bearer(refresh_token) })
      return ((await response.json()) as { refresh_token: string }).refresh_token
    }
    const racing = Array.from({ length: 20 }, (_, index) => refresh(index % 2 === 0 ? one.url : two.url))
    expect(new Set(await Promise.all(racing)).size).toBe(1)
    expect((await fetch(`${one.url}/logout`, { method: 'POST', ...bearer(access_token) })).status).toBe(200)
    await vi.waitFor(async () =>
      expect((await fetch(`${two.url}/protected`, bearer(access_token))).status).toBe(401),
    )
    expect([await one.stop(), await two.stop()]).toEqual([0, 0])
  })
})

describe('a start that cannot succeed ends at once, says why and what to do', () => {
  const failing = async (args: string[], cwd: string, env: Record<string, string> = {}): Promise<string> => {
    const { code, stderr, stdout } = await run(args, cwd, { env })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).not.toMatch(/\n\s+at /)
    return stderr
  }

  it('a broken configuration, all of it (K-08)', async () => {
    using folder = temporaryFolder()
    const stderr = await failing(['--port', 'x', '--issuer', 'y'], folder.path, {
      LATCHKEY_SECRET: 'hunter2',
    })
    expect(stderr).toMatch(/3 faults[\s\S]*--port is [\s\S]*--issuer is [\s\S]*LATCHKEY_SECRET is /)
    expect(stderr).not.toContain('hunter2')
    const json = await failing(['--json', '--limits', 'x'], folder.path)
    expect(JSON.parse(json)).toMatchObject({
      error: 'invalid_configuration',
      faults: [{ field: '--limits' }],
    })
  })

  it('a port in use', async () => {
    using folder = temporaryFolder()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    expect(await failing(['--port', `${port}`], folder.path)).toContain(`Port ${port} of 127.0.0.1 is in use`)
    other.close()
  })

  it('an address that is not ours', async () => {
    using folder = temporaryFolder()
    expect(await failing(['--host', '192.0.2.1'], folder.path)).toContain(
      '192.0.2.1 is no address of this machine',
    )
  })

  it('a data folder that cannot be (F-18)', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    expect(await failing(['--data-dir', file], folder.path)).toContain(file)
    expect(await failing(['--data-dir', join(file, 'below')], folder.path)).toContain('--data-dir')
    mkdirSync(join(folder.path, 'a/latchkey.db'), { recursive: true })
    expect(await failing(['--data-dir', 'a'], folder.path)).toContain('latchkey.db')
  })

  it('a database of somebody else’s (F-18)', async (test) => {
    using folder = temporaryFolder()
    await (await serve(folder.path)).stop()
    // Root may write everywhere, so root looks on as nobody does.
    const user = process.getuid?.() === 0 ? { uid: 65_534 } : {}
    chmodSync(folder.path, 0o755)
    const looked = await run(['--version'], folder.path, user).catch(() => null)
    if (looked?.code !== 0) test.skip('skipped: this Node.js or the checkout cannot be read by other users')
    chmodSync(join(folder.path, '.latchkey/latchkey.db'), 0o400)
    const folded = await run([], folder.path, user)
    expect([folded.code, folded.stderr]).toEqual([
      1,
      expect.stringMatching(/latchkey[\s\S]*not writable[\s\S]*chmod/),
    ])
    chmodSync(join(folder.path, '.latchkey'), 0o755)
    const readOnly = await run([], folder.path, user)
    expect([readOnly.code, readOnly.stderr]).toEqual([
      1,
      expect.stringMatching(/latchkey[\s\S]*not writable[\s\S]*chmod/),
    ])
  })

  it('a database that is none (F-18)', async () => {
    using folder = temporaryFolder()
    mkdirSync(join(folder.path, '.latchkey'))
    writeFileSync(
      join(folder.path, '.latchkey/latchkey.db'),
      'this is text, and more of it than a header is long. '.repeat(99),
    )
    expect(await failing([], folder.path)).toContain('latchkey-server: ')
  })

  it('a secret file that others can read (K-03)', async () => {
    using folder = temporaryFolder()
    await (await serve(folder.path)).stop()
    chmodSync(join(folder.path, '.latchkey/latchkey.db.secret'), 0o644)
    expect(await failing([], folder.path)).toContain('chmod 600')
  })

  it('a secret that does not open the stored keys; `key reseal` makes it open them, and back', async () => {
    using folder = temporaryFolder()
    const first = await serve(folder.path)
    const { access_token } = await signUp(first.url, 'ada')
    await first.stop()

    expect(await failing([], folder.path, { LATCHKEY_SECRET: OLD })).toContain('key reseal')
    const sealed = await run(['key', 'reseal'], folder.path, { env: { LATCHKEY_SECRET: OLD } })
    expect([sealed.code, sealed.stdout]).toEqual([0, expect.stringContaining('LATCHKEY_SECRET')])
    expect(await failing([], folder.path)).toContain('LATCHKEY_OLD_SECRET')

    const env = { LATCHKEY_SECRET: NEW, LATCHKEY_OLD_SECRET: OLD }
    expect((await run(['key', 'reseal'], folder.path, { env })).code).toBe(0)
    const wrong = await run(['key', 'reseal', '--json'], folder.path, { env })
    expect([wrong.code, JSON.parse(wrong.stderr).error]).toEqual([1, 'unavailable'])

    const again = await serve(folder.path, [], { LATCHKEY_SECRET: NEW })
    expect((await fetch(`${again.url}/protected`, bearer(access_token))).status).toBe(200)
    await again.stop()
    expect(again.output()).not.toContain(NEW)
  })
})

it('names the issuer that it was given', async () => {
  using folder = temporaryFolder()
  const server = await serve(folder.path)
  const metadata = await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()
  expect(metadata).toMatchObject({ issuer: ISSUER })
  await server.stop()
})
