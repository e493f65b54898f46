import { AuthError } from 'latchkey'
import { type AuditFilter, detailsOf, type Entry, entriesOf, linesOf } from '../audit/entries.ts'
import { type Answer, type CommandOptions, onData } from './context.ts'
import { writeLines } from './output.ts'
import { table } from './table.ts'

/** `audit list`: newest first. */
export function listAudit(options: CommandOptions): Promise<void> {
  return onData(options, async ({ store }) => {
    const limit = limitOf(options['limit'])
    const entries: Entry[] = []
    for await (const entry of entriesOf(store, filterOf(options))) if (entries.push(entry) === limit) break
    return answerOf(entries)
  })
}

/** `audit export`: everything that matches, newest first, one line each, as it is read. */
export function exportAudit(options: CommandOptions): Promise<void> {
  return onData(options, async ({ store }) => {
    await writeLines(linesOf(entriesOf(store, filterOf(options)), options['format'] === 'csv'))
    return { lines: [] }
  })
}

function filterOf({ user, kind, since }: CommandOptions): AuditFilter {
  const textOf = (value: CommandOptions[string]): string | undefined =>
    typeof value === 'string' ? value : undefined
  return { user: textOf(user), kind: textOf(kind), since: textOf(since) }
}

function limitOf(given: CommandOptions[string]): number {
  const limit = typeof given === 'string' && /^\d{1,6}$/.test(given) ? Number(given) : 0
  if (limit > 0) return limit
  throw new AuthError('invalid_input', '--limit must be a whole number from 1 to 999999.')
}

function answerOf(entries: readonly Entry[]): Answer {
  const rows = entries.map(({ at, kind, username, user_id, address, data }) => [
    at,
    kind,
    username ?? user_id ?? '',
    address ?? '',
    detailsOf(data),
  ])
  const header = ['TIME', 'KIND', 'USER', 'ADDRESS', 'DETAILS']
  return { lines: rows.length > 0 ? table(header, rows) : ['There are no such events.'], json: entries }
}
