import type { Store, User } from 'latchkey'
import { type Answer, type CommandOptions, type Context, onData } from './context.ts'
import { readPassword } from './password.ts'
import { printable, table } from './table.ts'

/** `user add <name>` */
export function addUser(username: string, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth }) => {
    const password = await readPassword({ fromStdin: options['passwordStdin'] === true })
    const scope = typeof options['scope'] === 'string' ? options['scope'] : ''
    const account = await auth.register({ username, password, scope })
    return { lines: [`Added ${printable(account.username)}, id ${account.id}.`], json: account }
  })
}

/** `user list` */
export function listUsers(options: CommandOptions): Promise<void> {
  return onData(options, async ({ store }: Context): Promise<Answer> => {
    const users = []
    for await (const { passwordHash: _, usernameKey: __, ...account } of usersOf(store)) users.push(account)
    const rows = users.map(({ username, id, scope, createdAt, disabledAt }) => [
      username,
      id,
      new Date(createdAt).toISOString(),
      disabledAt === null ? scope : `${scope} (disabled)`.trim(),
    ])
    return {
      lines: rows.length > 0 ? table(['USER', 'ID', 'CREATED', 'SCOPE'], rows) : ['There are no users.'],
      json: users,
    }
  })
}

const PAGE = 500

/** Every user, in the order of their names. */
export async function* usersOf({ users }: Store): AsyncGenerator<User> {
  let after: string | null = null
  for (;;) {
    const page: User[] = await users.list({ after, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.usernameKey
  }
}
