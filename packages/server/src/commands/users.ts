import type { Account, User } from 'latchkey'
import { placeOf } from '../data.ts'
import { printable } from '../printable.ts'
import { scopeOf } from '../scope.ts'
import { userNamed, usersOf } from '../users.ts'
import { type Answer, type CommandOptions, type Context, onData, onNewData } from './context.ts'
import { readPassword } from './password.ts'
import { table } from './table.ts'

/** `user add <name>` */
export function addUser(username: string, options: CommandOptions): Promise<void> {
  return onNewData(options, async ({ auth }) => {
    const password = await readPassword({ fromStdin: options['passwordStdin'] === true })
    const scope = typeof options['scope'] === 'string' ? scopeOf(options['scope']) : ''
    const account = await auth.register({ username, password, scope })
    return { lines: [`Added ${printable(account.username)}, id ${account.id}.`], json: shown(account) }
  })
}

/** `user disable <name>`, `user enable <name>`: disabling ends every session before it is done. */
export function setUserDisabled(name: string, disabled: boolean, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth, store }) => {
    const { id, username } = await userNamed(store, name)
    await auth.setDisabled(id, disabled)
    const outcome = disabled ? 'is disabled, and signed out everywhere' : 'can sign in again'
    return { lines: [`${printable(username)} ${outcome}.`], json: { id, disabled } }
  })
}

/** `user scope <name> <scopes>` */
export function setUserScope(name: string, scopes: string, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth, store }) => {
    const { id, username } = await userNamed(store, name)
    const scope = scopeOf(scopes)
    await auth.setScope(id, scope)
    const line = `${printable(username)} has ${scope === '' ? 'no scopes' : `the scopes ${scope}`} from now on.`
    return { lines: [line], json: { id, scope } }
  })
}

/** `user password <name>`: a new password without the current one; every session ends. */
export function resetUserPassword(name: string, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth, store }) => {
    const { id, username } = await userNamed(store, name)
    await auth.resetPassword(id, await readPassword({ fromStdin: options['passwordStdin'] === true }))
    const line = `${printable(username)} has a new password, and is signed out everywhere.`
    return { lines: [line], json: { id } }
  })
}

/** `user list` */
export function listUsers(options: CommandOptions): Promise<void> {
  return onData(options, async ({ store, config }: Context): Promise<Answer> => {
    const users: User[] = []
    for await (const user of usersOf(store)) users.push(user)
    const rows = users.map(({ username, id, scope, createdAt, disabledAt }) => [
      username,
      id,
      timeOf(createdAt),
      disabledAt === null ? scope : `${scope} (disabled)`.trim(),
    ])
    return {
      lines:
        rows.length > 0
          ? table(['USER', 'ID', 'CREATED', 'SCOPE'], rows)
          : [`There are no users in ${placeOf(config)}.`],
      json: users.map(shown),
    }
  })
}

/** An account as programs get it, in the words of the other lists: never with its hash. */
function shown({ id, username, scope, createdAt, passwordChangedAt, disabledAt }: Account): object {
  return {
    id,
    username,
    scope,
    created_at: timeOf(createdAt),
    password_changed_at: timeOf(passwordChangedAt),
    disabled_at: disabledAt === null ? null : timeOf(disabledAt),
  }
}

const timeOf = (time: number): string => new Date(time).toISOString()
