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
  { store: { users } }: Pick<AccountDeps, 'store'>,
  given: ImportedUser,
  device: Device,
): Promise<Imported> {
  requireKnownNames(given, MEMBERS, 'importUser')
  const { username, id, passwordHash, scope, disabled } = requireForm(given)
  const usernameKey = usernameKeyOf(username)
  const hash = await storable(passwordHash)
  const user = { id: id ?? randomBytes(16).toString('base64url'), username, usernameKey, scope, disabled }
  const event = newEvent('user.imported', { userId: user.id, data: { hash: formatOf(passwordHash) } }, device)
  const created = await users.create({ ...user, passwordHash: hash }, event)
  if (created) return { account: accountOf(created), isNew: true }
  const known = await (id === null ? users.findByKey(usernameKey) : users.find(id))
  if (known?.usernameKey === usernameKey) return { account: accountOf(known), isNew: false }
  throw taken(known, await users.findByKey(usernameKey))
}

type Form = { readonly [M in keyof Required<ImportedUser>]: Required<ImportedUser>[M] | null } & {
  readonly username: string
  readonly scope: string
  readonly disabled: boolean
}

/** @throws {AuthError} `invalid_input`: what is imported is somebody else's data, whatever the types say */
function requireForm({
  username,
  id,
  passwordHash = null,
  scope = '',
  disabled = false,
}: ImportedUser): Form {
  if (typeof username !== 'string') throw invalid('username', 'must be a string.')
  if (id !== undefined && (typeof id !== 'string' || !isVisible(id)))
    throw invalid(
      'id',
      'must be a string of 1 to 256 bytes without blanks or characters that cannot be seen.',
    )
  if (passwordHash !== null && typeof passwordHash !== 'string')
    throw invalid('passwordHash', 'must be a string or null.')
  if (typeof scope !== 'string') throw invalid('scope', 'must be a string.')
  if (typeof disabled !== 'boolean') throw invalid('disabled', 'must be true or false.')
  return { username, id: id ?? null, passwordHash, scope, disabled }
}

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

function taken(ofId: User | null, ofName: User | null): AuthError {
  if (ofName) return new AuthError('account_taken', 'That user name is taken.', { field: 'username' })
  if (ofId) return new AuthError('account_taken', 'That id is another user’s.', { field: 'id' })
  return new AuthError('account_taken', 'That id was a user’s who has been deleted.', { field: 'id' })
}

const invalid = (field: string, fault: string): AuthError =>
  new AuthError('invalid_input', `"${field}" ${fault}`, { field })
