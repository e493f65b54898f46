import type {
  EndReason,
  KeyState,
  RevocationEntry,
  RevocationKind,
  Session,
  StoredEvent,
  StoredKey,
  User,
} from '../store.ts'
import type { Row } from './driver.ts'

// PostgreSQL drivers hand out bigint as text.
export const numberOf = (row: Row, name: string): number => Number(row[name])
export const textOf = (row: Row, name: string): string => String(row[name])
const numberOrNull = (row: Row, name: string): number | null =>
  row[name] === null ? null : Number(row[name])
const textOrNull = (row: Row, name: string): string | null => (row[name] === null ? null : String(row[name]))

export const userOf = (row: Row): User => ({
  id: textOf(row, 'id'),
  username: textOf(row, 'username'),
  usernameKey: textOf(row, 'username_key'),
  passwordHash: textOrNull(row, 'password_hash'),
  scope: textOf(row, 'scope'),
  createdAt: numberOf(row, 'created_at'),
  passwordChangedAt: numberOf(row, 'password_changed_at'),
  disabledAt: numberOrNull(row, 'disabled_at'),
})

export const sessionOf = (row: Row): Session => ({
  id: textOf(row, 'id'),
  userId: textOf(row, 'user_id'),
  generation: numberOf(row, 'gen'),
  superseded: [
    numberOrNull(row, 's1'),
    numberOrNull(row, 's2'),
    numberOrNull(row, 's3'),
    numberOrNull(row, 's4'),
  ],
  createdAt: numberOf(row, 'created_at'),
  authenticatedAt: numberOf(row, 'authenticated_at'),
  lastUsedAt: numberOf(row, 'last_used_at'),
  expiresAt: numberOf(row, 'expires_at'),
  endsAt: numberOf(row, 'ends_at'),
  epoch: numberOf(row, 'epoch'),
  userAgent: textOrNull(row, 'user_agent'),
  address: textOrNull(row, 'address'),
  label: textOrNull(row, 'label'),
  endedAt: numberOrNull(row, 'ended_at'),
  endedReason: textOrNull(row, 'ended_reason') as EndReason | null,
})

export const entryOf = (row: Row): RevocationEntry => ({
  seq: numberOf(row, 'seq'),
  kind: textOf(row, 'kind') as RevocationKind,
  id: textOf(row, 'id'),
  value: numberOrNull(row, 'value'),
  until: numberOf(row, 'until'),
})

export const keyOf = (row: Row): StoredKey => ({
  kid: textOf(row, 'kid'),
  algorithm: textOf(row, 'algorithm'),
  state: textOf(row, 'state') as KeyState,
  publicJwk: textOf(row, 'public_jwk'),
  sealed: textOrNull(row, 'sealed'),
  createdAt: numberOf(row, 'created_at'),
  since: numberOf(row, 'since'),
})

export const eventOf = (row: Row): StoredEvent => ({
  id: numberOf(row, 'id'),
  at: numberOf(row, 'at'),
  type: textOf(row, 'type'),
  userId: textOrNull(row, 'user_id'),
  sessionId: textOrNull(row, 'session_id'),
  address: textOrNull(row, 'address'),
  userAgent: textOrNull(row, 'user_agent'),
  data: JSON.parse(textOf(row, 'data')) as StoredEvent['data'],
})
