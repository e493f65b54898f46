import { AuthError, type ImportedUser } from 'latchkey'
import { scopeOf } from '../scope.ts'
import type { Row } from './rows.ts'

/** The columns that say what an account is, by what they say. */
export type Mapping = Readonly<Partial<Record<Member, string>>>

const MEMBERS = ['name', 'id', 'hash', 'scope', 'disabled', 'active'] as const
type Member = (typeof MEMBERS)[number]

/** Where nobody says otherwise. */
const USUAL: Mapping = {
  name: 'username',
  id: 'id',
  hash: 'password_hash',
  scope: 'scope',
  disabled: 'disabled',
}

/**
 * Reads `name=email,hash=password`: what an account needs, and the column that has it. The others keep their usual names.
 *
 * @throws {AuthError} `invalid_input`
 */
export function mappingOf(text: string | undefined): Mapping {
  if (text === undefined) return USUAL
  const given = Object.fromEntries(
    text.split(',').map((pair) => {
      const [, member = '', column = ''] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(pair) ?? []
      if (!(MEMBERS as readonly string[]).includes(member) || column === '')
        throw refused('map', `--map: expected pairs such as name=email, of ${MEMBERS.join(', ')}.`)
      return [member, column]
    }),
  )
  return { ...USUAL, ...given }
}

/** @throws {AuthError} `invalid_input` for a file that has none of the columns that somebody named */
export function requireColumns({ cells }: Row, mapping: Mapping): void {
  for (const member of MEMBERS) {
    const column = mapping[member]
    const isOptional = column === USUAL[member] && member !== 'name'
    if (column === undefined || isOptional || Object.hasOwn(cells, column)) continue
    const there = Object.keys(cells).join(', ')
    throw refused('map', `There is no column "${column}" for the ${member}; there are: ${there}. Use --map.`)
  }
}

/**
 * The account that a row describes.
 *
 * @throws {AuthError} `invalid_input`
 */
export function userOf({ cells }: Row, mapping: Mapping): ImportedUser {
  const cell = (member: Member): unknown => cells[mapping[member] ?? ''] ?? ''
  const id = textOf(cell('id'), 'id')
  const hash = textOf(cell('hash'), 'hash')
  const isActive = mapping.active === undefined ? true : truthOf(cell('active'), 'active')
  return {
    username: textOf(cell('name'), 'name'),
    ...(id === '' ? {} : { id }),
    passwordHash: hash === '' ? null : hash,
    scope: scopeOf(textOf(cell('scope'), 'scope')),
    disabled: !isActive || truthOf(cell('disabled'), 'disabled'),
  }
}

/** Systems that count their users write numbers. */
function textOf(value: unknown, member: Member): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  throw refused(member, `The ${member} is no text.`)
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
