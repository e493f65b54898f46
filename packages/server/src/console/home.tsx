import { Hono } from 'hono'
import type { Store } from 'latchkey'
import { VERSION } from '../version.ts'
import type { ConsoleEnv } from './access.ts'
import type { ScreenParts } from './console.tsx'
import { EventTable, pageOfEvents } from './events.tsx'
import type { Html } from './html.ts'
import { Page } from './page.tsx'
import { Facts, Time } from './parts.tsx'

const DAY = 86_400_000
/** Events of one kind that are counted. */
const MOST = 1000
const NEWEST = 20

const KINDS = [
  ['session.started', 'sign-ins'],
  ['login.failed', 'failed sign-ins'],
  ['login.locked', 'accounts locked'],
  ['session.reuse_detected', 'refresh tokens reused'],
] as const

/** Is it well, and is somebody attacking? */
export function homeScreen({ auth, store, issuer }: ScreenParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>()
  routes.get('/', async (c) => {
    const began = performance.now()
    const now = await store.ping()
    const answered = Math.max(1, Math.round(performance.now() - began))
    const { revocations, passwords } = auth.status()
    const { keys } = await store.keys.list()
    const signing = keys.find(({ state }) => state === 'active')
    const { entries } = await pageOfEvents(store, {}, NEWEST)
    const counts = await Promise.all(KINDS.map(([kind]) => countSince(store, kind, now - DAY)))
    return c.html(
      <Page title="Home" screen="Home" username={c.var.admin.account.username}>
        <ul class="tiles">
          {KINDS.map(([kind, name], at) => (
            <Tile kind={kind} name={name} count={counts[at] ?? 0} />
          ))}
        </ul>
        <h2>This process</h2>
        <Facts
          of={[
            ['issuer', <code>{issuer}</code>],
            ['version', VERSION],
            ['store', `answered within ${answered} ms; its time is ${new Date(now).toISOString()}`],
            [
              'revocations',
              `${revocations.held} held, heard of ${ageOf(revocations.age)}; without news tokens are ${
                revocations.onStale === 'allow' ? 'let through' : 'refused'
              } after ${revocations.maxStaleness / 1000} s`,
            ],
            ['passwords', `${passwords.running} being hashed, ${passwords.waiting} waiting`],
            [
              'signing key',
              signing === undefined ? (
                <span class="bad">none</span>
              ) : (
                <>
                  <code>{signing.kid}</code>, since <Time at={signing.since} />
                </>
              ),
            ],
          ]}
        />
        <h2>Newest events</h2>
        <EventTable entries={entries} />
      </Page>,
    )
  })
  return routes
}

function Tile({
  kind,
  name,
  count,
}: {
  readonly kind: string
  readonly name: string
  readonly count: number
}): Html {
  return (
    <li>
      <b>{count >= MOST ? `${MOST}+` : count}</b>
      <a href={`/console/events?kind=${kind}&since=24h`}>{name}</a> in 24 hours
    </li>
  )
}

async function countSince({ events }: Pick<Store, 'events'>, type: string, since: number): Promise<number> {
  const newest = await events.list({ type, limit: MOST })
  return newest.filter(({ at }) => at >= since).length
}

const ageOf = (age: number | null): string => (age === null ? 'never' : `${(age / 1000).toFixed(1)} s ago`)
