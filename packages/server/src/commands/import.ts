import { AuthError, type ImportedUser, usernameKeyOf } from 'latchkey'
import { type Mapping, mappingOf, requireColumns, userOf } from '../import/mapping.ts'
import { formatOf, type Row, rowsOf } from '../import/rows.ts'
import { countHash, countRefusal, hashesOf, hashRows, newTally, type Tally } from '../import/tally.ts'
import { type Answer, type CommandOptions, onNewData, withConfig } from './context.ts'
import { table } from './table.ts'

/** So many at a time: the store writes those that come together together. */
const AT_ONCE = 64

/** `user import <file>`: a row that is refused stops no other, and the exit code says that there was one. */
export async function importUsers(file: string, options: CommandOptions): Promise<void> {
  const take = (use: (user: ImportedUser, tally: Tally) => Promise<void>): Promise<Tally> =>
    takeRows(file, options, use)
  if (options['dryRun'] === true) {
    return withConfig(options, async () => answerOf(await take(createCheck()), true))
  }
  return onNewData(options, async ({ auth }) => {
    const tally = await take(async (user, tally) => {
      const { isNew } = await auth.importUser(user)
      if (isNew) tally.imported += 1
      else tally.present += 1
    })
    return answerOf(tally, false)
  })
}

async function takeRows(
  file: string,
  options: CommandOptions,
  use: (user: ImportedUser, tally: Tally) => Promise<void>,
): Promise<Tally> {
  const tally = newTally()
  const mapping = mappingOf(options['map'] as string | undefined)
  const format = options['format'] === undefined ? formatOf(file) : (options['format'] as 'csv' | 'jsonl')
  const takeOne = async (row: Row): Promise<void> => {
    try {
      const user = withLongPasswords(userOf(row, mapping), options['longPasswords'] === true)
      await use(user, tally)
      countHash(tally, user.passwordHash ?? null)
    } catch (error) {
      countRefusal(tally, row.line, error)
    }
  }
  for await (const rows of together(rowsOf(file, format), mapping)) {
    tally.users += rows.length
    await Promise.all(rows.map(takeOne))
  }
  tally.refused.sort((a, b) => a.line - b.line)
  return tally
}

async function* together(rows: AsyncIterable<Row>, mapping: Mapping): AsyncGenerator<Row[]> {
  let some: Row[] = []
  let isFirst = true
  for await (const row of rows) {
    if (isFirst) requireColumns(row, mapping)
    isFirst = false
    if (some.push(row) < AT_ONCE) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

/** Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS hashes the hex digits of SHA-256, as Django's bcrypt_sha256 does, and its hash does not say so. */
function withLongPasswords(user: ImportedUser, isLong: boolean): ImportedUser {
  const { passwordHash } = user
  if (!isLong || !passwordHash?.startsWith('$2')) return user
  return { ...user, passwordHash: `bcrypt_sha256$${passwordHash}` }
}

/** What can be told without a database: names that no account can have, and two rows of one user. */
function createCheck(): (user: ImportedUser) => Promise<void> {
  const keys = new Set<string>()
  const ids = new Set<string>()
  return async ({ username, id }) => {
    const key = usernameKeyOf(username)
    if (keys.has(key)) throw new AuthError('account_taken', 'Another line has that user name.')
    if (id !== undefined && ids.has(id)) throw new AuthError('account_taken', 'Another line has that id.')
    keys.add(key)
    if (id !== undefined) ids.add(id)
  }
}

const MOST_SHOWN = 20

function answerOf(tally: Tally, isDry: boolean): Answer {
  const { users, imported, present, refused, hashes } = tally
  const taken = isDry
    ? [`${users - refused.length} can be imported`]
    : [`${imported} imported`, `${present} there already`]
  const more = refused.length > MOST_SHOWN ? [`and ${refused.length - MOST_SHOWN} more`] : []
  return {
    lines: [
      `${users} users: ${[...taken, `${refused.length} refused`].join(', ')}.`,
      ...(hashes.size > 0 ? table(['HASH', 'USERS', 'WHAT BECOMES OF IT'], hashRows(tally)) : []),
      ...refused.slice(0, MOST_SHOWN).map(({ line, error, msg }) => `line ${line}: ${error}: ${msg}`),
      ...more,
      ...(isDry ? ['Nothing was written.'] : []),
    ],
    json: { users, imported, present, refused, hashes: hashesOf(tally), dry_run: isDry },
    code: refused.length > 0 ? 1 : 0,
  }
}
