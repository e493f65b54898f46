import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import {
  anEvent,
  aSession,
  GRACE,
  HOLD,
  logAfter,
  newId,
  RULES,
  race,
  started,
  winners,
} from '../../src/store/conformance/case.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import type { RevocationEntry, Store } from '../../src/store/store.ts'
import { freshSchema } from './postgres-schema.ts'
import { startProxy } from './proxy.ts'
import { POSTGRES } from './services.ts'

const ENDING = { reason: 'revoked', hold: HOLD } as const
const unavailable = { code: 'unavailable', details: { retryAfter: 1 } }

describe.skipIf(POSTGRES === undefined)('with LATCHKEY_TEST_POSTGRES', () => {
  describe('nodes that share a PostgreSQL', () => {
    it('start together on an empty database, and again on a full one', async () => {
      await using schema = await freshSchema()
      const stores = await race(5, () => postgresStore(schema.pool({ max: 2 })))
      const names = await Promise.all(stores.map((store) => store.revocations.since(0, 1)))
      expect(new Set(names.map(({ logId }) => logId)).size).toBe(1)
      await postgresStore(schema.pool())
    })

    it('judge by the clock of the database, to the millisecond', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool()
      const store = await postgresStore(pool)
      const read = 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now'
      const before = Number((await pool.query(read)).rows[0].now)
      const judged = await store.sessions.start(aSession(), RULES, anEvent())
      const after = Number((await pool.query(read)).rows[0].now)
      expect(judged?.session.createdAt).toBe(judged?.now)
      expect(judged!.now).toBeGreaterThanOrEqual(before)
      expect(judged!.now).toBeLessThanOrEqual(after)
    })

    it('give one of a hundred refreshes the new generation (RT-01)', async () => {
      await using schema = await freshSchema()
      const [one, other] = [await postgresStore(schema.pool()), await postgresStore(schema.pool())]
      for (let trial = 0; trial < 10; trial += 1) {
        const { id } = await started(one)
        const results = await race(100, (index) => (index % 2 ? one : other).sessions.rotate(id, 0, GRACE))
        expect(winners(results)).toBe(1)
        expect((await one.sessions.find(id))?.session.generation).toBe(1)
      }
    })

    it('show a reader that polls every entry once and in order, whoever commits first (RV-15)', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool()
      const [reader, writer] = [await postgresStore(schema.pool()), await postgresStore(pool)]
      const seen: RevocationEntry[] = []
      let done = false
      const reading = (async () => {
        while (!done) seen.push(...(await logAfter(reader, seen.at(-1)?.seq ?? 0)))
        seen.push(...(await logAfter(reader, seen.at(-1)?.seq ?? 0)))
      })()
      const pairs = 100
      for (let pair = 0; pair < pairs; pair += 1) {
        // The first to begin is held up by a lock on its session; the second overtakes it.
        const { id } = await started(writer)
        const held = await pool.connect()
        await held.query('begin')
        await held.query('select 1 from latchkey_sessions where id = $1 for update', [id])
        const first = writer.sessions.end(id, ENDING, anEvent())
        const second = writer.revocations.revokeToken(newId(), Number.MAX_SAFE_INTEGER, anEvent())
        if (pair % 2 === 0) await second
        await held.query('commit')
        held.release()
        await Promise.all([first, second])
      }
      done = true
      await reading
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: pairs * 2 }, (_, index) => index + 1))
    })

    it('bring no deadlock to a caller (F-10, RT-36)', async () => {
      await using schema = await freshSchema()
      const store = await postgresStore(schema.pool())
      const users = Array.from({ length: 10 }, newId)
      const sessions = await Promise.all(
        users.flatMap((userId) => Array.from({ length: 4 }, () => started(store, { userId }))),
      )
      await Promise.all([
        ...users.map((userId) => store.sessions.endAll(userId, { ...ENDING, keep: null }, anEvent())),
        ...sessions.map(({ id }) => store.sessions.rotate(id, 0, GRACE)),
        ...sessions.map(({ id }) => store.sessions.end(id, ENDING, anEvent())),
        ...sessions.map(({ userId, id }) =>
          store.sessions.start(aSession({ userId, replaces: id }), RULES, anEvent()),
        ),
        race(5, () => store.revocations.setNotBefore({ issuer: 'i' }, 9_000_000_000, ENDING, anEvent())),
      ])
    })

    it('hear of each other, also after the connection was cut', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool()
      const [one, other] = [await postgresStore(pool), await postgresStore(schema.pool())]
      let news = 0
      const stop = await one.signal.watch(() => {
        news += 1
      })
      const wait = async (count: number) => {
        while (news < count) await sleep(20)
      }
      await other.signal.announce()
      await wait(1)
      await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen latchkey%' and pid <> pg_backend_pid()",
      )
      // It asks once when it is back, for what it may have missed.
      await wait(2)
      await other.signal.announce()
      await wait(3)
      await stop()
      await Promise.all([one.close(), other.close()])
    })
  })

  describe('a PostgreSQL that is not fit is refused at the start, with the remedy', () => {
    it('because it does not flush commits', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool({ options: '-c synchronous_commit=off' })
      await expect(postgresStore(pool)).rejects.toThrow(/synchronous_commit = off.*alter role/)
    })

    it('because a newer version wrote it (F-45)', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool()
      await postgresStore(pool)
      await pool.query('insert into latchkey_migrations (version) values (99)')
      await expect(postgresStore(pool)).rejects.toThrow(/has schema 99.*Start the newer version/)
    })

    it('and asks for a sealing secret where one is needed', async () => {
      await using schema = await freshSchema()
      const store = await postgresStore(schema.pool())
      await expect(store.sealingSecret()).rejects.toThrow(/give it a sealingSecret/)
      const sealing = await postgresStore(schema.pool(), { sealingSecret: new Uint8Array(32).fill(7) })
      expect(await sealing.sealingSecret()).toEqual(new Uint8Array(32).fill(7))
    })
  })

  describe('a PostgreSQL in trouble', () => {
    it('is asked once more when it cut the connection in the middle of a verb (F-05)', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool({ application_name: schema.name })
      const store = await postgresStore(pool)
      const { id, userId } = await started(store)
      for (const verb of [
        () => store.sessions.rotate(id, 0, GRACE),
        () => store.sessions.endAll(userId, { ...ENDING, keep: null }, anEvent()),
      ]) {
        const held = await pool.connect()
        await held.query('begin')
        await held.query('select 1 from latchkey_sessions where id = $1 for update', [id])
        const outcome = verb()
        const backend = await untilWaiting(pool, schema.name)
        await pool.query('select pg_terminate_backend($1)', [backend])
        await held.query('commit')
        held.release()
        expect(await outcome).toBeTruthy()
      }
      expect((await store.revocations.since(0, 10)).head).toBe(1)
    })

    it('is asked once more after a deadlock (F-10)', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool({ application_name: schema.name })
      const store = await postgresStore(pool)
      const userId = newId()
      const ids = [(await started(store, { userId })).id, (await started(store, { userId })).id].sort()
      const other = await pool.connect()
      await other.query('begin')
      await other.query('select 1 from latchkey_sessions where id = $1 for update', [ids[1]])
      const ending = store.sessions.endAll(userId, { ...ENDING, keep: null }, anEvent())
      await untilWaiting(pool, schema.name)
      await other.query('select 1 from latchkey_sessions where id = $1 for update', [ids[0]])
      await other.query('commit')
      other.release()
      expect(await ending).toBe(2)
    })

    it('answers or says that it cannot, while its backends are killed (F-05)', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool({ max: 4, application_name: schema.name })
      const store = await postgresStore(pool)
      const admin = new pg.Client({ connectionString: POSTGRES })
      await admin.connect()
      for (let round = 0; round < 20; round += 1) {
        const verbs = Promise.allSettled(
          Array.from({ length: 8 }, () => store.sessions.start(aSession(), RULES, anEvent())),
        )
        await admin.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 limit 1',
          [schema.name],
        )
        for (const result of await verbs) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject(unavailable)
          else expect(await store.sessions.find(result.value!.session.id)).not.toBeNull()
        }
      }
      await admin.end()
    })

    it('makes callers wait two seconds for a connection and no longer (F-09)', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool({ max: 2 })
      const store = await postgresStore(pool)
      const held = [await pool.connect(), await pool.connect()]
      const calls = Array.from({ length: 50 }, () => store.ping())
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ status: 'rejected', reason: unavailable })
      }
      for (const client of held) client.release()
      await sleep(1100)
      expect(await store.ping()).toBeGreaterThan(0)
      expect(pool.totalCount).toBeLessThanOrEqual(2)
    })

    it('that swallows everything is known to be down, and found again (F-08)', async () => {
      await using schema = await freshSchema()
      await using proxy = await startProxy(Number(new URL(POSTGRES!).port))
      const url = new URL(POSTGRES!)
      url.port = String(proxy.port)
      const pool = schema.pool({ connectionString: url.href, max: 5 })
      const store = await postgresStore(pool)
      await race(5, () => store.ping())
      proxy.blackHole()
      const waited = await Promise.allSettled(Array.from({ length: 8 }, () => store.ping()))
      for (const result of waited) expect(result).toMatchObject({ status: 'rejected', reason: unavailable })
      await expect(store.ping()).rejects.toMatchObject({ details: { reason: 'breaker_open' } })
      proxy.heal()
      await sleep(1100)
      expect(await untilFound(store)).toBeGreaterThan(0)
    })

    it('rolls a verb back whole when its commit cannot be reached', async () => {
      await using schema = await freshSchema()
      const pool = schema.pool()
      const store = await postgresStore(pool)
      const { id } = await started(store)
      await pool.query(
        'alter table latchkey_events add constraint broken check (type <> $$refused$$) not valid',
      )
      await expect(store.sessions.end(id, ENDING, anEvent({ type: 'refused' }))).rejects.toThrow(/broken/)
      expect((await store.sessions.find(id))?.session.endedAt).toBeNull()
      expect((await store.revocations.since(0, 10)).head).toBe(0)
      expect(await store.sessions.end(id, ENDING, anEvent())).toBe(true)
    })
  })
})

/** The backend of this application that waits for a lock. */
async function untilWaiting(pool: pg.Pool, name: string): Promise<number> {
  for (;;) {
    const { rows } = await pool.query(
      "select pid from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'",
      [name],
    )
    if (rows[0] !== undefined) return rows[0].pid
    await sleep(10)
  }
}

/** The first connections after a fault may still be broken ones: each costs one refusal at most. */
async function untilFound(store: Store): Promise<number> {
  for (;;) {
    const now = await store.ping().catch(() => null)
    if (now !== null) return now
    await sleep(100)
  }
}
