import { AuthError, type Store } from 'latchkey'
import type { StoredEvent } from 'latchkey/store'
import { userNamed } from '../users.ts'
import { csvLine, noFormula } from './csv.ts'

/** An event as programs get it, in the words of the other lists. */
export interface Entry {
  readonly id: number
  readonly at: string
  readonly kind: string
  readonly user_id: string | null
  /** `null` for nobody, and for users that were deleted: their events keep the id only. */
  readonly username: string | null
  readonly session_id: string | null
  readonly address: string | null
  readonly user_agent: string | null
  readonly data: StoredEvent['data']
}

/** What the log is read from. */
export type AuditSource = Pick<Store, 'users' | 'events' | 'ping'>

/** Which events, in the words of the command line. */
export interface AuditFilter {
  /** A name or an id. */
  readonly user?: string | undefined
  readonly kind?: string | undefined
  /** A span such as `24h`, or a time. */
  readonly since?: string | undefined
  /** Only events with a smaller id. */
  readonly before?: number | undefined
}

const PAGE = 500
/** Names that an export remembers at a time. */
const NAMES = 10_000

/** What matches, newest first, as it is read. */
export async function* entriesOf(store: AuditSource, filter: AuditFilter): AsyncGenerator<Entry> {
  const nameOf = namesIn(store)
  for await (const event of eventsOf(store, filter)) {
    const { id, type, userId, sessionId, address, userAgent, data } = event
    yield {
      id,
      at: new Date(event.at).toISOString(),
      kind: type,
      user_id: userId,
      username: userId === null ? null : await nameOf(userId),
      session_id: sessionId,
      address,
      user_agent: userAgent,
      data,
    }
  }
}

async function* eventsOf(
  store: AuditSource,
  { user, kind, since: given, before = Number.MAX_SAFE_INTEGER }: AuditFilter,
): AsyncGenerator<StoredEvent> {
  const since = given !== undefined ? await timeOf(store, given) : Number.NEGATIVE_INFINITY
  const filter = {
    limit: PAGE,
    ...(user !== undefined ? { userId: await userIdOf(store, user) } : {}),
    ...(kind !== undefined ? { type: kind } : {}),
  }
  let next = before
  for (;;) {
    const page = await store.events.list({ ...filter, before: next })
    const young = page.filter(({ at }) => at >= since)
    yield* young
    // Clocks may have gone back a little between two events, never for a whole page.
    if (page.length < PAGE || young.length === 0) return
    next = page.at(-1)?.id ?? 0
  }
}

/** The id of a user who was deleted still finds what is known of them. */
async function userIdOf(store: AuditSource, name: string): Promise<string> {
  try {
    return (await userNamed(store, name)).id
  } catch (error) {
    const isUnknown = error instanceof AuthError && error.code === 'not_found'
    if (isUnknown && /^[\w-]{22}$/.test(name)) return name
    throw error
  }
}

function namesIn({ users }: AuditSource): (userId: string) => Promise<string | null> {
  const known = new Map<string, string | null>()
  return async (userId) => {
    const name = known.get(userId)
    if (name !== undefined) return name
    if (known.size >= NAMES) known.clear()
    const found = (await users.find(userId))?.username ?? null
    known.set(userId, found)
    return found
  }
}

const SPANS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A span back from now by the store's clock, or a time. */
async function timeOf(store: AuditSource, given: string): Promise<number> {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(given) ?? []
  if (count !== undefined) return (await store.ping()) - Number(count) * (SPANS[unit] ?? 0)
  const time = /^\d{4}-\d\d-\d\d(T|$)/.test(given) ? Date.parse(given) : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new AuthError(
    'invalid_input',
    '"since" must be a span such as 30m, 24h or 7d, or a time such as 2026-01-31T12:00:00Z.',
  )
}

/** What an event holds beside who, when and where, for a person. */
export const detailsOf = (data: Entry['data']): string =>
  Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

/** The same as lines: of JSON, or of CSV with a header. */
export async function* linesOf(entries: AsyncIterable<Entry>, isCsv: boolean): AsyncGenerator<string> {
  if (isCsv) yield csvLine(COLUMNS)
  for await (const entry of entries)
    yield isCsv
      ? csvLine(COLUMNS.map((column) => cellOf(column, entry[column])))
      : `${JSON.stringify(entry)}\n`
}

const COLUMNS = [
  'id',
  'at',
  'kind',
  'user_id',
  'username',
  'session_id',
  'address',
  'user_agent',
  'data',
] as const satisfies readonly (keyof Entry)[]

/** What people and browsers call themselves, as they like. */
const FREE: ReadonlySet<string> = new Set(['username', 'user_agent'])

function cellOf(column: keyof Entry, value: Entry[keyof Entry]): string {
  if (value === null) return ''
  if (typeof value === 'object') return JSON.stringify(value)
  return FREE.has(column) ? noFormula(String(value)) : String(value)
}
