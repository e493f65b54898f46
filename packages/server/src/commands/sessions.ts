import type { Session, Store, User } from 'latchkey'
import { printable } from '../printable.ts'
import { userNamed, usersOf } from '../users.ts'
import { type Answer, type CommandOptions, onData } from './context.ts'
import { table } from './table.ts'

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

/** `session revoke-all <user>` */
export function revokeSessionsOf(name: string, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth, store }) => {
    const { id, username } = await userNamed(store, name)
    const ended = await auth.endAll(id)
    return {
      lines: [`${printable(username)} is signed out everywhere: ${countOf(ended)} ended.`],
      json: { ended },
    }
  })
}

/** `session revoke-everyone`: after a backup was restored, which has forgotten what was revoked since. */
export function revokeEveryone(options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth, config: { issuer } }) => {
    const ended = await auth.endEveryone()
    const line = `Everybody is signed out: ${countOf(ended)} ended, and every token of ${issuer} until now is refused.`
    return { lines: [line], json: { ended, issuer } }
  })
}

const countOf = (sessions: number): string => `${sessions} ${sessions === 1 ? 'session' : 'sessions'}`

type Listed = readonly [user: User, session: Session]

async function sessionsOf(store: Store, name: string | undefined): Promise<Listed[]> {
  const found: Listed[] = []
  const users = name === undefined ? usersOf(store) : [await userNamed(store, name)]
  for await (const user of users)
    for (const session of await store.sessions.list(user.id)) found.push([user, session])
  return found
}

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
