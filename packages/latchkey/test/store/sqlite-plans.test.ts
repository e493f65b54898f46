import { expect, it } from 'vitest'
import { anEvent, aSession, GRACE, HOLD, RULES, registered } from '../../src/store/conformance/case.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { SqlValue } from '../../src/store/sql/driver.ts'
import { sqlPorts } from '../../src/store/sql.ts'
import { sqliteDriver } from '../../src/store/sqlite/driver.ts'
import { openEngine } from '../../src/store/sqlite/engine.ts'
import { sqliteMigration } from '../../src/store/sqlite/migration.ts'
import type { Store } from '../../src/store/store.ts'

async function openDatabase() {
  const engine = await openEngine(':memory:')
  await migrate(sqliteMigration(engine, ':memory:'))
  return engine
}

/** What every verb of one user, session, key or page sends to the database. */
async function useEverything(store: Store): Promise<void> {
  const user = await registered(store)
  const [ending, event] = [{ reason: 'logout', hold: HOLD } as const, anEvent()]
  const session = aSession({ userId: user.id })
  await store.sessions.start(session, RULES, event)
  const adopts = { key: 'jti', issuedAt: 1, authenticatedAt: 1, until: 2 }
  await store.sessions.start(aSession({ userId: user.id, adopts }), RULES, event)
  await store.sessions.find(session.id)
  await store.sessions.list(user.id)
  await store.sessions.rotate(session.id, 0, GRACE)
  await store.sessions.catchUp(session.id, 1, 2, event)
  await store.sessions.end(session.id, ending, event)
  await store.sessions.endAll(user.id, { ...ending, keep: session.id }, event)
  await store.sessions.endAll(user.id, { ...ending, keep: null }, event)
  await store.sessions.deleteExpired(10)
  await store.users.findByKey(user.usernameKey)
  await store.users.list({ after: null, limit: 1 })
  await store.users.setScope(user.id, 'x', HOLD, event)
  await store.users.changePassword(
    user.id,
    { from: 'hash-1', to: 'hash-2', hold: HOLD },
    aSession({ userId: user.id }),
    event,
  )
  await store.users.setDisabled(user.id, true, HOLD, event)
  await store.users.delete(user.id, HOLD, event)
  await store.revocations.since(0, 10)
  await store.revocations.revokeToken('jti', 1, event)
  await store.revocations.setNotBefore({ userId: user.id }, 1, ending, event)
  await store.revocations.purge(10)
  await store.attempts.take('key', 1, 1)
  await store.attempts.block('key', 1)
  await store.attempts.purge(10)
  await store.events.list({ limit: 1, type: 'x' })
  await store.events.list({ limit: 1, userId: 'x' })
  await store.events.list({ limit: 1, type: 'x', userId: 'x' })
  await store.events.purge(0, 1)
}

// One row: the head of the log, constants, and what a sub-select has picked already. And the oldest events, as many as
// were asked for: the table is in their order.
const SMALL = /SCAN (?:CONSTANT ROW|h|latchkey_revocation_head|\(subquery-\d+\)|r LEFT-JOIN|oldest|picked)$/

it('no verb of one user, session or page walks a whole table', async () => {
  const statements = new Map<string, readonly SqlValue[]>()
  const engine = await openDatabase()
  const all: typeof engine.all = (text, values = []) => {
    statements.set(text, values)
    return engine.all(text, values)
  }
  const store = sqlPorts(sqliteDriver({ ...engine, all }, Date.now)) as Store
  await useEverything(store)
  await store.close()

  const explaining = await openDatabase()
  const verbs = [...statements].filter(([text]) => /^\s*(?:select|insert|update|delete)/.test(text))
  const plans = verbs.flatMap(([text, values]) => explaining.all(`explain query plan ${text}`, values))
  expect(plans.length).toBeGreaterThan(50)
  const walks = plans
    .map(({ detail }) => String(detail))
    .filter((detail) => detail.startsWith('SCAN') && !SMALL.test(detail))
  // The list of users and the newest events are read along their index, from one end.
  expect(walks.filter((detail) => !/USING INDEX/.test(detail) || /SCAN s /.test(detail))).toEqual([])
  explaining.close()
})
