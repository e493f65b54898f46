import { Readable } from 'node:stream'
import { Hono } from 'hono'
import {
  type AuditFilter,
  type AuditSource,
  detailsOf,
  type Entry,
  entriesOf,
  linesOf,
} from '../audit/entries.ts'
import type { ConsoleContext, ConsoleEnv } from './access.ts'
import type { ScreenParts } from './console.tsx'
import type { Html } from './html.ts'
import { Page } from './page.tsx'
import { Said, SessionLink, Table, Time, UserLink } from './parts.tsx'

const PAGE = 100

/** Who did what. */
export function eventScreens({ store }: ScreenParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>()
  routes.get('/events', async (c) => {
    const filter = filterOf(c)
    const { entries, next } = await pageOfEvents(store, filter, PAGE)
    return c.html(
      <Page title="Events" screen="Events" username={c.var.admin.account.username}>
        <Search filter={filter} />
        <EventTable entries={entries} />
        <p class="row">
          {next === null ? null : (
            <a href={`/console/events?${queryOf({ ...filter, before: next })}`}>Older</a>
          )}
          <a href={`/console/events.csv?${queryOf(filter)}`}>Export as CSV</a>
          <a href={`/console/events.jsonl?${queryOf(filter)}`}>as lines of JSON</a>
        </p>
      </Page>,
    )
  })
  for (const [format, type] of [
    ['csv', 'text/csv; charset=utf-8'],
    ['jsonl', 'application/jsonl; charset=utf-8'],
  ] as const) {
    routes.get(`/events.${format}`, async (c) => {
      const filter = filterOf(c)
      // What is wrong with a filter is said before the answer begins.
      await pageOfEvents(store, filter, 1)
      const lines = bytesOf(linesOf(entriesOf(store, filter), format === 'csv'))
      const headers = {
        'content-type': type,
        'content-disposition': `attachment; filename="latchkey-events.${format}"`,
      }
      return c.body(Readable.toWeb(Readable.from(lines)) as ReadableStream, 200, headers)
    })
  }
  return routes
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(line)
}

/** The newest events that match, and where older ones go on. */
export async function pageOfEvents(
  store: AuditSource,
  filter: AuditFilter,
  limit: number,
): Promise<{ readonly entries: readonly Entry[]; readonly next: number | null }> {
  const entries: Entry[] = []
  for await (const entry of entriesOf(store, filter)) {
    if (entries.length === limit) return { entries, next: entries.at(-1)?.id ?? null }
    entries.push(entry)
  }
  return { entries, next: null }
}

export function EventTable({ entries }: { readonly entries: readonly Entry[] }): Html {
  return (
    <Table
      head={['Time (UTC)', 'Event', 'User', 'Session', 'Address', 'Details']}
      none="There are no such events."
      rows={entries.map(({ id, at, kind, user_id, username, session_id, address, data }) => [
        <a href={`/console/events?before=${id + 1}`}>
          <Time at={at} />
        </a>,
        <a href={`/console/events?kind=${encodeURIComponent(kind)}`}>{kind}</a>,
        <UserLink id={user_id} name={username} />,
        <SessionLink id={session_id} />,
        <Said text={address} />,
        <Said text={detailsOf(data)} />,
      ])}
    />
  )
}

function Search({ filter: { user, kind, since } }: { readonly filter: AuditFilter }): Html {
  return (
    <form class="row" method="get" action="/console/events">
      <label>
        User
        <input name="user" value={user ?? ''} placeholder="name or id" />
      </label>
      <label>
        Kind
        <input name="kind" value={kind ?? ''} placeholder="login.failed" />
      </label>
      <label>
        Since
        <input name="since" value={since ?? ''} placeholder="24h" />
      </label>
      <button type="submit">Show</button>
    </form>
  )
}

function filterOf(c: ConsoleContext): AuditFilter {
  const given = (name: string): string | undefined => c.req.query(name)?.trim() || undefined
  const before = given('before')
  return {
    user: given('user'),
    kind: given('kind'),
    since: given('since'),
    before: before !== undefined && /^\d{1,15}$/.test(before) ? Number(before) : undefined,
  }
}

function queryOf(filter: AuditFilter): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value))
  return query.toString()
}
