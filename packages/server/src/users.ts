import { AuthError, type Store, type User, usernameKeyOf } from 'latchkey'

const PAGE = 500

/** Every user, in the order of their names. */
export async function* usersOf({ users }: Pick<Store, 'users'>): AsyncGenerator<User> {
  let after: string | null = null
  for (;;) {
    const page: User[] = await users.list({ after, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.usernameKey
  }
}

/**
 * The user of an id or a name. An id comes first: nobody chooses theirs, while a name may be chosen to look like the id of
 * somebody else.
 *
 * @throws {AuthError} `not_found`
 */
export async function userNamed({ users }: Pick<Store, 'users'>, name: string): Promise<User> {
  const user = (await users.find(name)) ?? (await users.findByKey(keyOf(name)))
  if (user !== null) return user
  throw new AuthError('not_found', 'No user has this name or id.')
}

/** The form of a name in which names are compared; near enough where it is only the beginning of one. */
export function keyOf(name: string): string {
  try {
    return usernameKeyOf(name)
  } catch {
    return name.normalize('NFKC').toLowerCase()
  }
}
