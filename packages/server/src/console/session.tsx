import { Hono } from 'hono'
import { AuthError, type Session } from 'latchkey'
import type { ConsoleContext, ConsoleEnv } from './access.ts'
import type { ScreenParts } from './console.tsx'
import type { Html } from './html.ts'
import { Page } from './page.tsx'
import { Change, DeviceName, Facts, Said, Table, Time, UserLink } from './parts.tsx'

const EVENTS = 100

/** One sign-in on one device: how it stands, and what happened in it. */
export function sessionScreens({ auth, store, note }: ScreenParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>()
  const found = async (c: ConsoleContext): Promise<Found> => {
    const found = await store.sessions.find(c.req.param('id') ?? '')
    if (found === null) throw new AuthError('not_found', 'There is no such session.')
    return found
  }
  routes.get('/sessions/:id', async (c) => {
    const one = await found(c)
    const { session } = one
    const user = await store.users.find(session.userId)
    const events = await store.events.list({ sessionId: session.id, limit: EVENTS })
    const notice = c.req.query('done') === 'ended' ? 'The session has ended; its tokens are refused.' : null
    return c.html(
      <Page title="Session" username={c.var.admin.account.username} notice={notice}>
        <Facts
          of={[
            ['id', <code>{session.id}</code>],
            ['user', <UserLink id={session.userId} name={user?.username ?? null} />],
            ['state', <State of={one} />],
            ['device', <DeviceName label={session.label} userAgent={session.userAgent} />],
            ['address', <Said text={session.address} />],
            ['signed in', <Time at={session.createdAt} />],
            ['last used', <Time at={session.lastUsedAt} />],
            ['ends unused', <Time at={session.expiresAt} />],
            ['ends anyway', <Time at={session.endsAt} />],
            ['generation', `${session.generation}: so often was its refresh token renewed`],
          ]}
        />
        {isLiving(one) ? (
          <p>
            <Change to={`/console/sessions/${session.id}/end`} danger>
              End this session
            </Change>
          </p>
        ) : null}
        <h2>What happened in it</h2>
        <Table
          head={['Time (UTC)', 'Event', 'Address', 'Device']}
          none="Nothing that is still in the log."
          rows={events.map(({ at, type, address, userAgent }) => [
            <Time at={at} />,
            type === 'session.reuse_detected' ? <b class="bad">{type}</b> : type,
            <Said text={address} />,
            <Said text={userAgent} />,
          ])}
        />
      </Page>,
    )
  })
  routes.post('/sessions/:id/end', async (c) => {
    const { session } = await found(c)
    await note(c, 'session_ended', { session: session.id, user: session.userId })
    await auth.end(session.id)
    // Who ended their own has no page to go on to.
    if (session.id === c.var.admin.sessionId) return c.redirect('/console/sign-in', 303)
    return c.redirect(`/console/sessions/${session.id}?done=ended`, 303)
  })
  return routes
}

/** A session, and what it is judged by. */
interface Found {
  readonly session: Session
  readonly now: number
  /** The user's; a session that is behind ended with all of theirs. */
  readonly epoch: number
}

const isLiving = ({ session: { endedAt, expiresAt, epoch: own }, now, epoch }: Found): boolean =>
  endedAt === null && now < expiresAt && own === epoch

function State({ of: found }: { readonly of: Found }): Html {
  const { endedAt, endedReason, expiresAt } = found.session
  if (isLiving(found)) return <span class="good">living</span>
  if (endedAt === null)
    return <span>{found.now < expiresAt ? 'ended with all of the user’s' : 'ran out'}</span>
  return (
    <span class={endedReason === 'reuse' ? 'bad' : ''}>
      ended <Time at={endedAt} />, {endedReason === 'reuse' ? 'a refresh token was used twice' : endedReason}
    </span>
  )
}
