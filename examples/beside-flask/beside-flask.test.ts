import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createIssuer } from './issuer.mjs'
import { createService } from './same-secret.mjs'

const SERVICE = fileURLToPath(new URL('flask_service.py', import.meta.url))

/** A Python that has Flask-JWT-Extended, or `null`. */
const python =
  ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import flask_jwt_extended, cryptography']).status === 0,
  ) ?? null
const where = python === null ? ' (skipped: no Python with flask-jwt-extended here)' : ''

/** Starts the Flask service; it prints its port. */
async function startFlask(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const started = spawn(python!, ['-u', SERVICE], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(started.stdout!, 'data')) as [Buffer]
  return { url: `http://127.0.0.1:${Number(line.toString())}`, process: started }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface SignedIn {
  readonly access_token: string
  readonly refresh_token: string
  readonly cookies: Readonly<Record<string, string>>
}

async function signIn(url: string): Promise<SignedIn> {
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada' }),
  })
  const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0]!.split(/=(.*)/s).slice(0, 2))
  return { ...(await response.json()), cookies: Object.fromEntries(pairs) }
}

async function whoami(url: string, headers: Record<string, string>, method = 'GET'): Promise<unknown> {
  const response = await fetch(`${url}/whoami`, { method, headers })
  return [response.status, await response.json()]
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe.skipIf(python === null)(`one secret on both sides${where}`, () => {
  const secret = 'a secret that both services of this example know'
  let flask: Awaited<ReturnType<typeof startFlask>>
  let server: Server
  let node: string

  beforeAll(async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    flask = await startFlask({ SHARED_SECRET: secret })
    server = createService(secret)
    node = await listening(server)
  })
  afterAll(() => {
    flask.process.kill()
    server.close()
  })

  it('each takes the tokens of the other, and answers the same', async () => {
    for (const issuer of [flask.url, node]) {
      const { access_token: access, refresh_token: refresh } = await signIn(issuer)
      for (const verifier of [flask.url, node]) {
        expect(await whoami(verifier, bearer(access))).toEqual([200, { identity: 'ada', type: 'access' }])
        expect(await whoami(verifier, bearer(refresh))).toEqual([
          422,
          { msg: 'Only non-refresh tokens are allowed' },
        ])
        expect(await whoami(verifier, bearer(`${access.slice(0, -8)}AAAAAAAA`))).toEqual([
          422,
          { msg: 'Signature verification failed' },
        ])
      }
    }
  })

  it('each takes the cookies of the other, with the CSRF value beside them', async () => {
    for (const issuer of [flask.url, node]) {
      const { cookies } = await signIn(issuer)
      const cookie = `access_token_cookie=${cookies['access_token_cookie']}`
      for (const verifier of [flask.url, node]) {
        expect(await whoami(verifier, { cookie }, 'POST')).toEqual([401, { msg: 'Missing CSRF token' }])
        const headers = { cookie, 'x-csrf-token': cookies['csrf_access_token']! }
        expect(await whoami(verifier, headers, 'POST')).toEqual([200, { identity: 'ada', type: 'access' }])
      }
    }
  })
})

describe.skipIf(python === null)(`public keys of the issuer${where}`, () => {
  it('Flask takes tokens that it could not have signed, and no others', async () => {
    // The address is part of every token, so it is known before the issuer is made.
    const free = createService('only to find a free port, and never asked')
    const address = await listening(free)
    free.close()
    const { auth, server } = createIssuer(address)
    server.listen(Number(new URL(address).port), '127.0.0.1')
    const flask = await startFlask({ ISSUER: address })
    try {
      const { accessToken, refreshToken } = await auth.start('ada')
      expect(await whoami(flask.url, bearer(accessToken))).toEqual([200, { identity: 'ada', type: 'access' }])
      expect(await whoami(flask.url, bearer(refreshToken))).toEqual([
        422,
        { msg: 'Only non-refresh tokens are allowed' },
      ])
      const stranger = await createIssuer(address).auth.start('ada')
      expect(await whoami(flask.url, bearer(stranger.accessToken))).toEqual([
        422,
        { msg: 'Signed with an unknown key' },
      ])
    } finally {
      flask.process.kill()
      server.close()
    }
  })
})
