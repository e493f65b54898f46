import type { MaybePromise } from '../base/chain.ts'
import type { UserStore } from '../store/store.ts'
import { accountOf } from './accounts.ts'
import type { Account } from './auth.ts'
import type { Liveness } from './liveness.ts'

/** Accounts by id, read once and kept until the revocation log says that something about them changed. */
export interface AccountCache {
  find(id: string): MaybePromise<Account | null>
  /** Reads the store itself, and keeps what it found. */
  read(id: string): Promise<Account | null>
}

const MOST = 10_000

/**
 * Saves a database call per request. What it holds is as young as the revocation index: disabling, deleting, a new
 * password and a new scope all write an entry for the user, and the entry drops the account from here.
 */
export function createAccountCache(users: UserStore, liveness: Pick<Liveness, 'onChange'>): AccountCache {
  const held = new Map<string, Account>()
  let changes = 0
  liveness.onChange((sub) => {
    changes += 1
    held.delete(sub)
  })
  async function read(id: string): Promise<Account | null> {
    const before = changes
    const user = await users.find(id)
    if (!user || user.disabledAt !== null) return null
    const account = accountOf(user)
    // What was read before a change arrived may be the state before it.
    if (before === changes) keep(account)
    return account
  }
  function keep(account: Account): void {
    if (held.size >= MOST) held.delete(held.keys().next().value as string)
    held.set(account.id, account)
  }
  return { find: (id) => held.get(id) ?? read(id), read }
}
