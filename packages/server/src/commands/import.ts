import { AuthError, type ImportedUser, requireImportable } from 'latchkey'
import { type Mapping, mappingOf, requireColumns, userOf } from '../import/mapping.ts'
import { type Format, formatOf, openFile, type Row, rowsOf } from '../import/rows.ts'
import { countImported, countRefusal, hashesOf, hashRows, newTally, type Tally } from '../import/tally.ts'
import { type Answer, type CommandOptions, onNewData, withConfig } from './context.ts'
import { table } from './table.ts'

/** So many at a time: the store writes those that come together together. */
const AT_ONCE = 64

/** Takes one user; whether they are new. */
type Take = (user: ImportedUser) => Promise<boolean>

/** `user import <file>`: a row that is refused stops no other, and the exit code says that there was one. */
export async function importUsers(file: string, options: CommandOptions): Promise<void> {
  if (options['dryRun'] === true) {
    return withConfig(options, async () => {
      const rows = await openRows(file, options)
      return answerOf(await takeRows(rows, options, async () => true), true)
    })
  }
  let rows: AsyncGenerator<Row>
  // Before anything is made that is not there: the file, or what is asked of it, may be a mistake.
  const look = async (): Promise<void> => {
    rows = await openRows(file, options)
  }
  return onNewData(
    options,
    async ({ auth }) => {
      const take: Take = async (user) => (await auth.importUser(user)).isNew
      return answerOf(await takeRows(rows, options, take), false)
    },
    look,
  )
}

const mappingIn = (options: CommandOptions): Mapping =>
  mappingOf(options['map'] as string | undefined, options['withoutPasswords'] === true)

async function openRows(file: string, options: CommandOptions): Promise<AsyncGenerator<Row>> {
  const used = Object.values(mappingIn(options))
  const format = (options['format'] as Format | undefined) ?? formatOf(file)
  return rowsOf(await openFile(file), format, used)
}

async function takeRows(rows: AsyncIterable<Row>, options: CommandOptions, take: Take): Promise<Tally> {
  const [tally, mapping, requireOther] = [newTally(), mappingIn(options), createCheck()]
  const takeOne = async (row: Row): Promise<void> => {
    try {
      const user = withLongPasswords(userOf(row, mapping), options['longPasswords'] === true)
      requireOther(user)
      if (await take(user)) countImported(tally, user)
      else tally.present += 1
    } catch (error) {
      countRefusal(tally, row.line, error)
    }
  }
  for await (const some of together(rows)) {
    if (tally.users === 0) requireColumns(some, mapping)
    tally.users += some.length
    await Promise.all(some.map(takeOne))
  }
  tally.refusals.sort((a, b) => a.line - b.line)
  return tally
}

async function* together(rows: AsyncIterable<Row>): AsyncGenerator<Row[]> {
  let some: Row[] = []
  for await (const row of rows) {
    if (some.push(row) < AT_ONCE) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

/**
 * Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS hashes the hex digits of a SHA-256, as Django's bcrypt_sha256 does, and
 * its hash does not say so.
 */
function withLongPasswords(user: ImportedUser, isLong: boolean): ImportedUser {
  const { passwordHash } = user
  if (!isLong || !passwordHash?.startsWith('$2')) return user
  return { ...user, passwordHash: `bcrypt_sha256$${passwordHash}` }
}

/** What no account can be, and the second of two rows of one user: which of them is meant nobody can tell. */
function createCheck(): (user: ImportedUser) => void {
  const keys = new Set<string>()
  const ids = new Set<string>()
  return (user) => {
    const key = requireImportable(user)
    if (keys.has(key)) throw new AuthError('account_taken', 'Another line has that user name.')
    if (user.id !== undefined && ids.has(user.id))
      throw new AuthError('account_taken', 'Another line has that id.')
    keys.add(key)
    if (user.id !== undefined) ids.add(user.id)
  }
}

const MOST_SHOWN = 20

function answerOf(tally: Tally, isDry: boolean): Answer {
  const { users, imported, present, disabled, refused, refusals, hashes } = tally
  const verb = isDry ? 'can be imported' : 'imported'
  const parts = [
    `${imported} ${verb}${disabled > 0 ? ` (${disabled} disabled)` : ''}`,
    ...(isDry ? [] : [`${present} there already, unchanged`]),
    `${refused} refused`,
  ]
  const shown = refusals.slice(0, MOST_SHOWN)
  return {
    lines: [
      users === 0 ? 'There are no users in it.' : `${users} users: ${parts.join(', ')}.`,
      ...(hashes.size > 0 ? table(['HASH', 'USERS', 'WHAT BECOMES OF IT'], hashRows(tally)) : []),
      ...shown.map(({ line, error, msg }) => `line ${line}: ${error}: ${msg}`),
      ...(refused > shown.length ? [`and ${refused - shown.length} more`] : []),
      ...(isDry ? ['Nothing was written.'] : []),
    ],
    json: { users, imported, present, disabled, refused, refusals, hashes: hashesOf(tally), dry_run: isDry },
    code: refused > 0 || users === 0 ? 1 : 0,
  }
}
