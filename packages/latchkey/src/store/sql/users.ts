import type { UserStore } from '../store.ts'
import type { SqlDriver } from './driver.ts'
import {
  endSessions,
  eventValues,
  insertSession,
  logEpoch,
  newRef,
  raiseEpoch,
  raiseEpochOfClaims,
  sessionValues,
  writeEvent,
} from './log.ts'
import { numberOf, sessionOf, userOf } from './rows.ts'

const MARKED = 'exists (select 1 from latchkey_users u where u.id = $user and u.mark = $ref)'

const CREATE = [
  `insert into latchkey_users (id, username, username_key, password_hash, scope, created_at, password_changed_at,
                               disabled_at, mark)
   select $user, $username, $key, $hash, $scope, #now, #now, case when #disabled = 1 then #now end, $ref
    where not exists (select 1 from latchkey_subjects x where x.sub = $user and x.closed_at is not null)
   on conflict do nothing
   returning *`,
  writeEvent(MARKED),
]

const LIST = `select * from latchkey_users where username_key > $after order by username_key limit #limit`

const UPGRADE_HASH = `
  update latchkey_users set password_hash = $to where id = $user and password_hash = $from returning id`

/** The rest of a verb that shuts everyone out who signed in before it. */
const shutOut = (session: readonly string[] = []): readonly string[] => [
  raiseEpoch(MARKED),
  endSessions(`c.user_id = $user and ${MARKED}`),
  ...session,
  ...logEpoch('user', MARKED),
  writeEvent(MARKED),
]

const changeHash = (condition: string): string => `
  update latchkey_users set password_hash = $to, password_changed_at = #now, mark = $ref
   where id = $user and ${condition}
  returning #now as now`

const DISABLE = [
  `update latchkey_users set disabled_at = coalesce(disabled_at, #now), mark = $ref where id = $user returning id`,
  ...shutOut(),
]
const ENABLE = [
  'update latchkey_users set disabled_at = null, mark = $ref where id = $user returning id',
  writeEvent(MARKED),
]

const SET_SCOPE = [
  'update latchkey_users set scope = $scope, mark = $ref where id = $user returning id',
  raiseEpochOfClaims(MARKED),
  // Only what was alive before this change moves on: a session that an earlier epoch shut out stays shut out.
  `update latchkey_sessions set epoch = epoch + 1
    where user_id = $user and ended_at is null and ${MARKED}
      and epoch = (select x.epoch - 1 from latchkey_subjects x where x.sub = $user)`,
  ...logEpoch('claims', MARKED),
  writeEvent(MARKED),
]

const DELETE = [
  'update latchkey_users set mark = $ref where id = $user returning id',
  raiseEpoch(MARKED),
  `update latchkey_subjects set closed_at = #now where sub = $user and ${MARKED}`,
  `update latchkey_events set address = null, user_agent = null, data = '{}'
    where ${MARKED} and (user_id = $user or session_id in (select s.id from latchkey_sessions s where s.user_id = $user))`,
  `delete from latchkey_sessions where user_id = $user and ${MARKED}`,
  ...logEpoch('user', MARKED),
  writeEvent(MARKED),
  'delete from latchkey_users where id = $user and mark = $ref',
]

export function sqlUsers({ read, write }: SqlDriver): UserStore {
  const changed = async (
    texts: readonly string[],
    values: Parameters<SqlDriver['write']>[1],
  ): Promise<boolean> => {
    const [rows = []] = await write(texts, { ...values, ref: newRef() })
    return rows.length === 1
  }
  return {
    async create({ id, username, usernameKey, passwordHash, scope, disabled }, event) {
      const values = { user: id, username, key: usernameKey, hash: passwordHash, scope, ref: newRef() }
      const [rows = []] = await write(CREATE, {
        ...values,
        disabled: disabled ? 1 : 0,
        ...eventValues(event),
      })
      return rows.map(userOf)[0] ?? null
    },
    async find(id) {
      const rows = await read('select * from latchkey_users where id = $user', { user: id })
      return rows.map(userOf)[0] ?? null
    },
    async findByKey(usernameKey) {
      const rows = await read('select * from latchkey_users where username_key = $key', { key: usernameKey })
      return rows.map(userOf)[0] ?? null
    },
    async list({ after, limit }) {
      return (await read(LIST, { after: after ?? '', limit })).map(userOf)
    },
    upgradeHash(id, from, to) {
      return changed([UPGRADE_HASH], { user: id, from, to })
    },
    async changePassword(id, { from, to, hold }, session, event) {
      const first = changeHash(from === null ? '1 = 1' : 'password_hash = $from')
      const texts = [first, ...shutOut(session === null ? [] : [insertSession(MARKED)])]
      const values = { ...(session === null ? {} : sessionValues(session)), ...eventValues(event), user: id }
      const rest = { from, to, hold, reason: 'password_changed', ref: newRef() }
      const [users = [], , , sessions = []] = await write(texts, { ...values, ...rest })
      if (users[0] === undefined) return null
      const row = session === null ? undefined : sessions[0]
      return { session: row === undefined ? null : sessionOf(row), now: numberOf(row ?? users[0], 'now') }
    },
    setDisabled(id, disabled, hold, event) {
      const values = { user: id, hold, reason: 'user_disabled', ...eventValues(event) }
      return changed(disabled ? DISABLE : ENABLE, values)
    },
    setScope(id, scope, hold, event) {
      return changed(SET_SCOPE, { user: id, scope, hold, ...eventValues(event) })
    },
    delete(id, hold, event) {
      const bare = { ...event, address: null, userAgent: null }
      return changed(DELETE, { user: id, hold, ...eventValues(bare) })
    },
  }
}
