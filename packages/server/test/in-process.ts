import type { AddressInfo } from 'node:net'
import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { type Composed, compose } from '../src/compose.ts'
import type { Config } from '../src/config.ts'
import { createHttpServer } from '../src/http-server.ts'
import { createLog, type Log } from '../src/log.ts'
import { drain } from '../src/shutdown.ts'
import { ISSUER } from './process.ts'

const config: Config = {
  port: 0,
  host: '127.0.0.1',
  dataDir: '',
  database: null,
  redis: null,
  workers: 1,
  serviceCredentials: [],
  issuer: ISSUER,
  secret: null,
  oldSecret: null,
  limits: false,
  console: true,
  trustProxy: false,
  auditRetention: null,
  logLevel: 'silent',
}

export interface Listening extends Composed {
  readonly url: string
  close(): Promise<void>
}

/** The whole server on a real socket, inside the test's process: for tests that look behind the wall. */
export async function listen({
  store,
  log = createLog('silent'),
  ...changes
}: Partial<Config> & { readonly store?: Store; readonly log?: Log } = {}): Promise<Listening> {
  const composed = await compose({ ...config, ...changes }, log, store ?? (await sqliteStore(':memory:')))
  const server = createHttpServer(composed.app, changes.issuer ?? config.issuer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...composed,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await drain(server, 500)
      await composed.close()
    },
  }
}

export const PASSWORD = 'correct horse battery staple'

const post = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

export interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

export async function signUp(url: string, username: string): Promise<Pair> {
  await post(`${url}/register`, { username, password: PASSWORD })
  return signIn(url, username)
}

export async function signIn(url: string, username: string): Promise<Pair> {
  return (await post(`${url}/login`, { username, password: PASSWORD })).json() as Promise<Pair>
}

export const bearer = (token: string): { readonly headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}` },
})
