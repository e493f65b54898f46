import { AuthError } from 'latchkey'
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
  readonly refused: Refusal[]
  /** Users by the format of their hashes and what becomes of it. */
  readonly hashes: Map<string, HashCount>
}

interface HashCount extends HashDescription {
  users: number
}

export const newTally = (): Tally => ({ users: 0, imported: 0, present: 0, refused: [], hashes: new Map() })

export function countHash({ hashes }: Tally, stored: string | null): void {
  const { format, fate } = inspectHash(stored ?? '')
  const known = hashes.get(`${format} ${fate}`)
  if (known) known.users += 1
  else hashes.set(`${format} ${fate}`, { format, fate, users: 1 })
}

/** @throws what is no refusal of one row, but a fault of all */
export function countRefusal({ refused }: Tally, line: number, error: unknown): void {
  if (!(error instanceof AuthError) || error.code === 'unavailable') throw error
  refused.push({ line, error: error.code, msg: error.message })
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
