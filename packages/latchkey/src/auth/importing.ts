import { randomBytes } from 'node:crypto'
import { AuthError } from '../base/errors.ts'
import { requireKnownNames } from '../base/known-names.ts'
import type { User } from '../store/store.ts'
import { type AccountDeps, accountOf } from './accounts.ts'
import type { Account } from './auth.ts'
import { newEvent } from './events.ts'
import { inspectHash } from './passwords/describe.ts'
import { wrapLegacyHash } from './passwords/wrap.ts'
import type { Device } from './sessions.ts'
import { isVisible, usernameKeyOf } from './usernames.ts'

/** An account of another system, with what it knows of the password. */
export interface ImportedUser {
  readonly username: string
  /** What the account was called there: stays its id, and is the `sub` of its tokens. @default a new one */
  readonly id?: string
  /**
   * The stored hash, in any format that `inspectHash` of `latchkey/passwords` knows: replaced at the first sign-in, and
   * until then wrapped in argon2id where it is weak. `null`, or one that nobody can check: the password must be reset.
   * @default null
   */
  readonly passwordHash?: string | null
  /** Space-separated scopes for its access tokens. @default '' */
  readonly scope?: string
  /** @default false */
  readonly disabled?: boolean
}

/** What became of it. */
export interface Imported {
  readonly account: Account
  /** `false` when the account was there already, as after an import that was interrupted; then nothing was changed. */
  readonly isNew: boolean
}

const MEMBERS = { username: true, id: true, passwordHash: true, scope: true, disabled: true }

export async function importUser(
  { store }: Pick<AccountDeps, 'store'>,
  given: ImportedUser,
  device: Device,
): Promise<Imported> {
  const usernameKey = requireImportable(given)
  const { username, id, passwordHash = null, scope = '', disabled = false } = given
  // Looked up before a weak hash is wrapped, which takes its time: an import that goes on meets many who are there.
  const known = await knownAs(store, id, usernameKey)
  if (known) return { account: accountOf(known), isNew: false }
  const hash = await storable(passwordHash)
  const user = { id: id ?? randomBytes(16).toString('base64url'), username, usernameKey, scope, disabled }
  const event = newEvent('user.imported', { userId: user.id, data: { hash: formatOf(passwordHash) } }, device)
  const created = await store.users.create({ ...user, passwordHash: hash }, event)
  if (created) return { account: accountOf(created), isNew: true }
  const meanwhile = await knownAs(store, id, usernameKey)
  if (meanwhile) return { account: accountOf(meanwhile), isNew: false }
  throw taken('id', 'That id was a user’s who has been deleted.')
}

/**
 * The account that was imported before.
 *
 * @throws {AuthError} `account_taken` when the name or the id is another one's
 */
async function knownAs(
  { users, events }: AccountDeps['store'],
  id: string | undefined,
  usernameKey: string,
): Promise<User | null> {
  const named = await users.findByKey(usernameKey)
  if (id !== undefined) {
    const known = await users.find(id)
    if (known && known.id !== named?.id) throw taken('id', 'That id is another user’s.')
    if (named && named.id !== id) throw taken('username', 'That user name is taken.')
    return known
  }
  if (!named) return null
  // Whoever has registered the name here need not be who had it there.
  const [imported] = await events.list({ type: 'user.imported', userId: named.id, limit: 1 })
  if (!imported) throw taken('username', 'That user name is taken.')
  return named
}

/**
 * The form in which the name will be compared, of a user that can be imported: what can be said without a store.
 *
 * @throws {AuthError} `invalid_input`: what is imported is somebody else's data, whatever the types say
 */
export function requireImportable(user: ImportedUser): string {
  requireKnownNames(user, MEMBERS, 'importUser')
  const { username, id, passwordHash = null, scope = '', disabled = false } = user
  if (typeof username !== 'string') throw invalid('username', 'must be a string.')
  if (id !== undefined && !isId(id))
    throw invalid('id', 'must be a string of 1 to 256 bytes, all of which can be seen, and no mere dots.')
  if (passwordHash !== null && typeof passwordHash !== 'string')
    throw invalid('passwordHash', 'must be a string or null.')
  if (typeof scope !== 'string') throw invalid('scope', 'must be a string.')
  if (typeof disabled !== 'boolean') throw invalid('disabled', 'must be true or false.')
  return usernameKeyOf(username)
}

/** Dots alone would mean something else in an address. */
const isId = (id: unknown): boolean => typeof id === 'string' && isVisible(id) && id !== '.' && id !== '..'

const formatOf = (stored: string | null): string | null =>
  stored === null ? null : inspectHash(stored).format

/** P-15: no weak hash lies in the table, and none that nobody could check. */
async function storable(stored: string | null): Promise<string | null> {
  if (stored === null) return null
  switch (inspectHash(stored).fate) {
    case 'reset':
      return null
    case 'wrapped':
      return wrapLegacyHash(stored)
    default:
      return stored
  }
}

const taken = (field: string, message: string): AuthError =>
  new AuthError('account_taken', message, { field })

const invalid = (field: string, fault: string): AuthError =>
  new AuthError('invalid_input', `"${field}" ${fault}`, { field })
