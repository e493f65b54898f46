import { AuthError, type Session, type Store, type User } from 'latchkey'
import { type Answer, type CommandOptions, onData } from './context.ts'
import { table } from './table.ts'
import { usersOf } from './users.ts'

/** `session list [user]` */
export function listSessions(username: string | undefined, options: CommandOptions): Promise<void> {
  return onData(options, async ({ store }) => answerOf(await sessionsOf(store, username)))
}

/** `session revoke <id>`: a running server refuses its tokens within 100 ms. */
export function revokeSession(id: string, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth }) => {
    const ended = await auth.end(id)
    const line = ended ? 'The session has ended; its tokens are refused.' : 'No living session has this id.'
    return { lines: [line], json: { ended }, code: ended ? 0 : 1 }
  })
}

type Listed = readonly [user: User, session: Session]

async function sessionsOf(store: Store, username: string | undefined): Promise<Listed[]> {
  const found: Listed[] = []
  let known = false
  for await (const user of usersOf(store)) {
    if (username !== undefined && !isNamed(user, username)) continue
    known = true
    for (const session of await store.sessions.list(user.id)) found.push([user, session])
  }
  if (username !== undefined && !known) throw new AuthError('not_found', 'No user has this name or id.')
  return found
}

const isNamed = ({ id, username, usernameKey }: User, name: string): boolean =>
  id === name || username === name || usernameKey === name.normalize('NFKC').toLowerCase()

function answerOf(listed: readonly Listed[]): Answer {
  const json = listed.map(([{ username }, session]) => ({
    id: session.id,
    username,
    created_at: timeOf(session.createdAt),
    last_used_at: timeOf(session.lastUsedAt),
    expires_at: timeOf(session.expiresAt),
    rotations: session.generation,
    user_agent: session.userAgent,
    address: session.address,
    label: session.label,
  }))
  const rows = json.map((row) => [
    row.id,
    row.username,
    row.last_used_at,
    row.expires_at,
    row.address ?? '',
    row.user_agent ?? '',
  ])
  const header = ['SESSION', 'USER', 'LAST USED', 'EXPIRES', 'ADDRESS', 'AGENT']
  return { lines: rows.length > 0 ? table(header, rows) : ['There are no living sessions.'], json }
}

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
