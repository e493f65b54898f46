import { AuthError, type ImportedUser } from 'latchkey'
import { scopeOf } from '../scope.ts'
import type { Row } from './rows.ts'

/** The columns that say what an account is, by what they say. */
export type Mapping = Readonly<Partial<Record<Member, string>>>

const MEMBERS = ['name', 'id', 'hash', 'scope', 'disabled', 'active'] as const
type Member = (typeof MEMBERS)[number]

/** Where nobody says otherwise. Scopes are given on purpose only: a column may be called so by chance. */
const USUAL: Mapping = { name: 'username', id: 'id', hash: 'password_hash', disabled: 'disabled' }

/**
 * Reads `name=email,hash=password`: what an account needs, and the column that has it. The others keep their usual names.
 *
 * @throws {AuthError} `invalid_input`
 */
export function mappingOf(text: string | undefined, withoutPasswords: boolean): Mapping {
  const given: Partial<Record<Member, string>> = {}
  for (const pair of text?.split(',') ?? []) {
    const [, member = '', column = ''] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(pair) ?? []
    if (!isMember(member) || column === '' || given[member] !== undefined)
      throw refused('map', `--map: expected pairs such as name=email, of ${MEMBERS.join(', ')}, once each.`)
    given[member] = column
  }
  const { hash, ...rest } = { ...USUAL, ...given }
  return withoutPasswords || hash === undefined ? rest : { ...rest, hash }
}

const isMember = (text: string): text is Member => (MEMBERS as readonly string[]).includes(text)

/**
 * Whether some of the first rows have what the mapping names.
 *
 * @throws {AuthError} `invalid_input`
 */
export function requireColumns(rows: readonly Row[], mapping: Mapping): void {
  const there = new Set(rows.flatMap(({ cells }) => Object.keys(cells)))
  if (there.size === 0) return
  for (const member of MEMBERS) {
    const column = mapping[member]
    const isOptional = (member === 'id' || member === 'disabled') && column === USUAL[member]
    if (column !== undefined && !isOptional && !there.has(column)) throw missing(member, column, [...there])
  }
}

function missing(member: Member, column: string, there: readonly string[]): AuthError {
  const remedy = member === 'hash' ? '--map hash=…, or --without-passwords' : `--map ${member}=…`
  // In a file without a line of names, the first user stands there: a hash has digits, or is longer.
  const isHeader = there.every((name) => /^\p{L}[\p{L}_ .-]{0,30}$/u.test(name))
  const names = isHeader ? `there are: ${there.join(', ')}` : 'is its first line one of column names?'
  return refused('map', `No "${column}" for the ${member}; ${names}. Use ${remedy}.`)
}

/**
 * The account that a row describes.
 *
 * @throws {AuthError} `invalid_input`
 */
export function userOf({ cells, fault }: Row, mapping: Mapping): ImportedUser {
  if (fault) throw fault
  const cell = (member: Member): unknown => {
    const column = mapping[member]
    return (column !== undefined && Object.hasOwn(cells, column) ? cells[column] : null) ?? ''
  }
  const id = textOf(cell('id'), 'id')
  const hash = textOf(cell('hash'), 'hash')
  if (mapping.active !== undefined && cell('active') === '')
    throw refused('active', `It does not say whether it is active ("${mapping.active}").`)
  return {
    username: textOf(cell('name'), 'name'),
    ...(id === '' ? {} : { id }),
    passwordHash: hash === '' ? null : hash,
    scope: scopeOf(textOf(cell('scope'), 'scope')),
    disabled:
      truthOf(cell('disabled'), 'disabled') ||
      (mapping.active !== undefined && !truthOf(cell('active'), 'active')),
  }
}

/** Systems that count their users write numbers. */
function textOf(value: unknown, member: Member): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  if (typeof value === 'number')
    throw refused(member, `The ${member} is a number that JSON does not keep exactly; write it as text.`)
  if (typeof value !== 'string') throw refused(member, `The ${member} is no text.`)
  if (value.includes('\uFFFD')) throw refused(member, `The ${member} is not UTF-8; convert the file.`)
  return value
}

const YES = new Set(['true', 't', 'yes', 'y', '1'])
const NO = new Set(['false', 'f', 'no', 'n', '0', ''])

function truthOf(value: unknown, member: Member): boolean {
  const text = String(value).trim().toLowerCase()
  if (YES.has(text)) return true
  if (NO.has(text)) return false
  throw refused(member, `"${member}" is neither true nor false.`)
}

const refused = (field: string, message: string): AuthError =>
  new AuthError('invalid_input', message, { field })
