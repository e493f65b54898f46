import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { NewEvent, NewSession, RevocationEntry, Session, Store, StoredEvent, User } from '../store.ts'

/** A clock that cases move; the store under test is opened with it. */
export interface MovableClock extends Clock {
  /** Forward, or back with a negative span (ms). */
  advance(milliseconds: number): void
}

export type Port = Exclude<keyof Store, 'ping' | 'close' | 'sealingSecret'>

/** One promise of the contract. It throws when it is broken. */
export interface Case {
  /** The port whose promise this is. */
  readonly port: Port
  /** The ports that it calls. Where a backend lacks one, the case is reported as skipped. */
  readonly needs: readonly Port[]
  /** A sentence, with the numbers of the rules that it proves. */
  readonly name: string
  run(store: Store, clock: MovableClock): Promise<void>
}

type Promises = Readonly<Record<string, Case['run']>>

/** The cases of one port. */
export const casesOf = (port: Port, others: readonly Port[], promises: Promises): readonly Case[] =>
  Object.entries(promises).map(([name, run]) => ({ port, needs: [port, ...others], name, run }))

// Everything gets names of its own, so that cases may share one store.
export const newId = (): string => randomBytes(16).toString('base64url')

export const HOLD = 600_000
export const RULES: { readonly limit: number; readonly hold: number } = { limit: 100, hold: HOLD }
export const GRACE = { grace: 30_000, idle: 3_600_000 } as const

export const anEvent = (over: Partial<NewEvent> = {}): NewEvent => ({
  type: 'conformance.event',
  userId: null,
  sessionId: null,
  address: '192.0.2.7',
  userAgent: 'Conformance/1',
  data: { count: 1, text: 'é "quoted" \\ ☃', yes: true, nothing: null },
  ...over,
})

export const aSession = (over: Partial<NewSession> = {}): NewSession => ({
  id: newId(),
  userId: newId(),
  idle: 3_600_000,
  absolute: 86_400_000,
  userAgent: 'Browser/1',
  address: '192.0.2.1',
  label: 'laptop',
  replaces: null,
  ...over,
})

/** A started session. */
export async function started(store: Store, over: Partial<NewSession> = {}): Promise<Session> {
  const judged = await store.sessions.start(aSession(over), RULES, anEvent())
  if (judged === null) throw new Error('The session did not start.')
  return judged.session
}

/** A registered user. */
export async function registered(store: Store, over: Partial<User> = {}): Promise<User> {
  const name = newId()
  const user = {
    id: newId(),
    username: name,
    usernameKey: name.toLowerCase() + newId(),
    passwordHash: 'hash-1',
    scope: '',
  }
  const created = await store.users.create({ ...user, ...over }, anEvent())
  if (created === null) throw new Error('The user was not created.')
  return created
}

export const eventsOf = (store: Store, type: string): Promise<StoredEvent[]> =>
  store.events.list({ type, limit: 1000 })

/** The newest number of the log. */
export const headOf = async (store: Store): Promise<number> => (await store.revocations.since(0, 1)).head

/** What the log says after a number. */
export async function logAfter(store: Store, cursor: number): Promise<readonly RevocationEntry[]> {
  return (await store.revocations.since(cursor, 10_000)).entries
}

/** Many calls at once. */
export const race = <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => call(index)))

export const winners = (results: readonly unknown[]): number =>
  results.filter((result) => result !== null && result !== false).length
