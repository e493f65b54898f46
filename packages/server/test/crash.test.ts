import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { describe, expect, it } from 'vitest'
import { PASSWORD } from './in-process.ts'
import { integrityOf } from './integrity.ts'
import { ISSUER, type Running, serve, temporaryFolder } from './process.ts'

const KILLS = process.env['LATCHKEY_TEST_TIER'] === 'f' ? 50 : 5
const SESSIONS = 100

/** One device: what it was told for certain, and every refresh token it ever saw, by generation. */
interface Client {
  token: string
  state: 'signed in' | 'signed out' | 'unknown'
  readonly seen: Map<number, string>
}

const generationOf = (token: string): number =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).gen

/** Sign-ins, made with the library on the server's own file while no server runs. */
async function signInAll(file: string, username: string): Promise<Client[]> {
  const store = await sqliteStore(file)
  const auth = createAuth({ store, issuer: ISSUER, limits: false })
  const { id } = await auth.register({ username, password: PASSWORD })
  const pairs = await Promise.all(Array.from({ length: SESSIONS }, () => auth.start(id)))
  await auth.close()
  await store.close()
  return pairs.map(({ refreshToken }) => ({
    token: refreshToken,
    state: 'signed in',
    seen: new Map([[0, refreshToken]]),
  }))
}

/** A token that was seen must be the only one of its generation: two would be a fork. */
function accept(client: Client, token: string): void {
  const generation = generationOf(token)
  expect(client.seen.get(generation) ?? token).toBe(token)
  expect(generation).toBeGreaterThanOrEqual(generationOf(client.token))
  client.seen.set(generation, token)
  client.token = token
}

const refresh = (url: string, { token }: Client): Promise<Response> =>
  fetch(`${url}/refresh`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })

/** Refreshes until the server is gone; every tenth device signs out instead of refreshing a second time. */
async function live(url: string, client: Client, isLeaving: boolean): Promise<void> {
  try {
    for (let round = 0; ; round++) {
      if (isLeaving && round === 1) return await leave(url, client)
      const response = await refresh(url, client)
      if (response.status !== 200) throw new Error(`refresh answered ${response.status}`)
      const body = (await response.json()) as { refresh_token: string }
      accept(client, body.refresh_token)
    }
  } catch (error) {
    // A connection that broke says nothing about what was done; anything else is a finding.
    if (!(error instanceof TypeError)) throw error
  }
}

async function leave(url: string, client: Client): Promise<void> {
  client.state = 'unknown'
  const response = await fetch(`${url}/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.token}` },
  })
  expect(response.status).toBe(200)
  client.state = 'signed out'
}

/** Whatever was acknowledged before the crash holds after it. */
async function requireAllHeld(url: string, clients: readonly Client[]): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      const response = await refresh(url, client)
      if (client.state === 'signed out') return expect(response.status).toBe(401)
      if (client.state === 'unknown') return expect([200, 401]).toContain(response.status)
      expect(response.status).toBe(200)
      accept(client, ((await response.json()) as { refresh_token: string }).refresh_token)
    }),
  )
}

describe('a server that is killed at any moment', () => {
  it(`loses no acknowledged session and forks no family, ${KILLS} times (F-01, INV-1 to INV-3, INV-9)`, {
    timeout: 600_000,
  }, async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, '.latchkey/latchkey.db')
    const start = (): Promise<Running> => serve(folder.path, ['--limits', 'off', '--log-level', 'error'])
    await (await start()).stop()
    let clients: Client[] = []
    let rotations = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const next = await signInAll(file, `ada-${kill}`)
      const server = await start()
      await requireAllHeld(server.url, clients)
      clients = next
      const living = clients.map((client, index) => live(server.url, client, index % 10 === 0))
      await new Promise((resolve) => setTimeout(resolve, randomInt(50, 500)))
      expect(await server.stop('SIGKILL')).toBe('SIGKILL')
      await Promise.all(living)
      expect(await integrityOf(file)).toBe('ok')
      rotations += clients.reduce((sum, { seen }) => sum + seen.size - 1, 0)
    }
    const last = await start()
    await requireAllHeld(last.url, clients)
    expect(await last.stop()).toBe(0)
    // Kills that came before any work would prove nothing.
    expect(rotations).toBeGreaterThan(KILLS)
  })
})
