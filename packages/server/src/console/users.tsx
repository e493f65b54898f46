import { Hono } from 'hono'
import { AuthError, type Session, type Store, type User } from 'latchkey'
import { describeHash, inspectHash } from 'latchkey/passwords'
import { scopeOf } from '../scope.ts'
import { keyOf } from '../users.ts'
import { type ConsoleContext, type ConsoleEnv, SCOPE } from './access.ts'
import type { ScreenParts } from './console.tsx'
import { EventTable, pageOfEvents } from './events.tsx'
import type { Html } from './html.ts'
import { Page } from './page.tsx'
import { Change, DeviceName, Facts, Said, SessionLink, Table, Time, UserLink, userPath } from './parts.tsx'

const PAGE = 50
const EVENTS = 50

const NOTICES: Readonly<Record<string, string>> = {
  disabled: 'The account is disabled, and signed out everywhere.',
  enabled: 'The account can sign in again.',
  scope: 'The scopes are changed: tokens with the old ones are renewed at their next request.',
  ended: 'Every session of this account has ended.',
}

/** Find a user, see whether they can sign in, end their sessions. */
export function userScreens({ auth, store, note }: ScreenParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>()
  const userOf = async (c: ConsoleContext): Promise<User> => {
    const user = await store.users.find(c.req.param('id') ?? '')
    if (user === null) throw new AuthError('not_found', 'There is no such user.')
    return user
  }
  const done = (c: ConsoleContext, { id }: User, what: string): Response =>
    c.redirect(`${userPath(id)}?done=${what}`, 303)

  routes.get('/users', async (c) => {
    const [text, after] = [c.req.query('q')?.trim() ?? '', c.req.query('after') ?? null]
    const { users, next } = await search(store, text, after)
    return c.html(
      <Page title="Users" screen="Users" username={c.var.admin.account.username}>
        <form class="row" method="get" action="/console/users">
          <label>
            Name, its beginning, or id
            <input name="q" value={text} autofocus />
          </label>
          <button type="submit">Find</button>
        </form>
        <UserTable users={users} />
        {next === null ? null : (
          <p>
            <a href={`/console/users?${new URLSearchParams({ q: text, after: next })}`}>More</a>
          </p>
        )}
      </Page>,
    )
  })
  routes.get('/users/:id', async (c) => {
    const user = await userOf(c)
    const sessions = await store.sessions.list(user.id)
    const { entries } = await pageOfEvents(store, { user: user.id }, EVENTS)
    const notice = NOTICES[c.req.query('done') ?? ''] ?? null
    return c.html(
      <Page title={user.username} screen="Users" username={c.var.admin.account.username} notice={notice}>
        <Standing user={user} />
        <h2>Sessions</h2>
        <SessionTable sessions={sessions} />
        {sessions.length === 0 ? null : (
          <Change to={`${userPath(user.id)}/end-sessions`}>End all of them</Change>
        )}
        <h2>Change</h2>
        <Changes user={user} />
        <h2>Events</h2>
        <EventTable entries={entries} />
        <p>
          <a href={`/console/events?${new URLSearchParams({ user: user.id })}`}>All of them</a>
        </p>
      </Page>,
    )
  })
  routes.post('/users/:id/disable', async (c) => {
    const user = await userOf(c)
    requireAnother(c, user, 'disable your own account')
    await note(c, 'user_disabled', { user: user.id })
    await auth.setDisabled(user.id, true)
    return done(c, user, 'disabled')
  })
  routes.post('/users/:id/enable', async (c) => {
    const user = await userOf(c)
    await note(c, 'user_enabled', { user: user.id })
    await auth.setDisabled(user.id, false)
    return done(c, user, 'enabled')
  })
  routes.post('/users/:id/scope', async (c) => {
    const user = await userOf(c)
    const scope = scopeOf(c.var.form['scope'] ?? '')
    if (!scope.split(' ').includes(SCOPE)) requireAnother(c, user, 'take the console from yourself')
    await note(c, 'scope_changed', { user: user.id, scope })
    await auth.setScope(user.id, scope)
    return done(c, user, 'scope')
  })
  routes.post('/users/:id/end-sessions', async (c) => {
    const user = await userOf(c)
    await note(c, 'sessions_ended', { user: user.id })
    await auth.endAll(user.id, user.id === c.var.admin.account.id ? { keep: c.var.admin.sessionId } : {})
    return done(c, user, 'ended')
  })
  return routes
}

/** The one of that id, the one of that name, and those whose names begin so. */
async function search(
  { users }: Pick<Store, 'users'>,
  text: string,
  after: string | null,
): Promise<{ readonly users: readonly User[]; readonly next: string | null }> {
  const key = keyOf(text)
  const exact = text === '' || after !== null ? [] : [await users.find(text), await users.findByKey(key)]
  const page = await users.list({ after: after ?? (key === '' ? null : key), limit: PAGE + 1 })
  const matching = page.filter(({ usernameKey }) => usernameKey.startsWith(key))
  const found = [...exact.filter((user) => user !== null), ...matching.slice(0, PAGE)]
  return { users: found, next: matching.length > PAGE ? (matching[PAGE - 1]?.usernameKey ?? null) : null }
}

function UserTable({ users }: { readonly users: readonly User[] }): Html {
  return (
    <Table
      head={['User', 'State', 'Scopes', 'Created (UTC)', 'Id']}
      none="Nobody is called that."
      rows={users.map(({ id, username, disabledAt, scope, createdAt }) => [
        <UserLink id={id} name={username} />,
        disabledAt === null ? 'enabled' : <span class="bad">disabled</span>,
        <Said text={scope} />,
        <Time at={createdAt} />,
        <code>{id}</code>,
      ])}
    />
  )
}

function Standing({ user }: { readonly user: User }): Html {
  const { id, scope, createdAt, passwordChangedAt, passwordHash } = user
  return (
    <Facts
      of={[
        ['can sign in', <CanSignIn user={user} />],
        ['id', <code>{id}</code>],
        ['scopes', <Said text={scope} />],
        ['created', <Time at={createdAt} />],
        [
          'password',
          <>
            {passwordHash === null ? 'none' : describeHash(passwordHash)}, set <Time at={passwordChangedAt} />
          </>,
        ],
      ]}
    />
  )
}

function CanSignIn({ user: { disabledAt, passwordHash } }: { readonly user: User }): Html {
  if (disabledAt !== null) {
    return (
      <span class="bad">
        No: the account is disabled since <Time at={disabledAt} />.
      </span>
    )
  }
  if (passwordHash === null) return <span class="bad">No: the account has no password.</span>
  if (inspectHash(passwordHash).fate === 'reset')
    return <span class="bad">No: nothing matches this hash, so the account needs a new password.</span>
  return <span class="good">Yes, with the password; after failures in a row only when the wait is over.</span>
}

function SessionTable({ sessions }: { readonly sessions: readonly Session[] }): Html {
  return (
    <Table
      head={['Session', 'Device', 'Address', 'Signed in (UTC)', 'Last used', 'Ends unused', 'Renewed', '']}
      none="There are no living sessions."
      rows={sessions.map(
        ({ id, label, userAgent, address, createdAt, lastUsedAt, expiresAt, generation }) => [
          <SessionLink id={id} />,
          <DeviceName label={label} userAgent={userAgent} />,
          <Said text={address} />,
          <Time at={createdAt} />,
          <Time at={lastUsedAt} />,
          <Time at={expiresAt} />,
          `${generation} times`,
          <Change to={`/console/sessions/${id}/end`}>End</Change>,
        ],
      )}
    />
  )
}

function Changes({ user: { id, scope, disabledAt } }: { readonly user: User }): Html {
  return (
    <>
      <form class="row" method="post" action={`${userPath(id)}/scope`}>
        <label>
          Scopes, separated by spaces
          <input name="scope" value={scope} />
        </label>
        <button type="submit">Save</button>
      </form>
      {disabledAt === null ? (
        <Change to={`${userPath(id)}/disable`} danger>
          Disable the account
        </Change>
      ) : (
        <Change to={`${userPath(id)}/enable`}>Enable the account</Change>
      )}
    </>
  )
}

function requireAnother({ var: { admin } }: ConsoleContext, { id }: User, what: string): void {
  if (admin.account.id === id)
    throw new AuthError('forbidden', `You cannot ${what} here; the command line can.`)
}
