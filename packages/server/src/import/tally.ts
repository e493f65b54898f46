import { AuthError, type ImportedUser } from 'latchkey'
import { type HashDescription, inspectHash } from 'latchkey/passwords'

type Fate = HashDescription['fate']

/** A row that was not taken. */
export interface Refusal {
  readonly line: number
  readonly error: string
  readonly msg: string
}

/** What an import came to. */
export interface Tally {
  users: number
  imported: number
  present: number
  /** Of those that were imported. */
  disabled: number
  refused: number
  /** The first of them. */
  readonly refusals: Refusal[]
  /** Users that were imported, by the format of their hashes and what becomes of it. */
  readonly hashes: Map<string, HashCount>
}

interface HashCount extends HashDescription {
  users: number
}

export const newTally = (): Tally => ({
  users: 0,
  imported: 0,
  present: 0,
  disabled: 0,
  refused: 0,
  refusals: [],
  hashes: new Map(),
})

export function countImported(tally: Tally, { passwordHash, disabled }: ImportedUser): void {
  tally.imported += 1
  if (disabled) tally.disabled += 1
  const { format, fate } = inspectHash(passwordHash ?? '')
  const known = tally.hashes.get(`${format} ${fate}`)
  if (known) known.users += 1
  else tally.hashes.set(`${format} ${fate}`, { format, fate, users: 1 })
}

const MOST_KEPT = 1000

/** @throws what is no refusal of one row, but a fault of all */
export function countRefusal(tally: Tally, line: number, error: unknown): void {
  if (!(error instanceof AuthError) || error.code === 'unavailable') throw error
  tally.refused += 1
  if (tally.refusals.length < MOST_KEPT) tally.refusals.push({ line, error: error.code, msg: error.message })
}

const FATES: Readonly<Record<Fate, string>> = {
  stays: 'stays as it is',
  upgraded: 'upgraded at the next sign-in',
  wrapped: 'wrapped in argon2id, upgraded at the next sign-in',
  reset: 'no sign-in until the password is reset',
}

/** The most frequent first. */
export const hashesOf = ({ hashes }: Tally): HashCount[] =>
  [...hashes.values()].sort((a, b) => b.users - a.users || (a.format < b.format ? -1 : 1))

/** Rows of a table: the format, how many, and what becomes of them. */
export const hashRows = (tally: Tally): string[][] =>
  hashesOf(tally).map(({ format, fate, users }) => [format, String(users), FATES[fate]])
