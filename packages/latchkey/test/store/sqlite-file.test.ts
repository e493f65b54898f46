import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { AuthError } from '../../src/base/errors.ts'
import { anEvent, aSession, GRACE, HOLD, RULES, race, started } from '../../src/store/conformance/case.ts'
import { migrate, migrations } from '../../src/store/migrate.ts'
import { sqlPorts } from '../../src/store/sql.ts'
import { sqliteDriver } from '../../src/store/sqlite/driver.ts'
import { requireDurable } from '../../src/store/sqlite/durability.ts'
import { type Engine, openEngine } from '../../src/store/sqlite/engine.ts'
import { sqliteMigration } from '../../src/store/sqlite/migration.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { runChild } from './child.ts'
import { temporaryFolder } from './folder.ts'

const permissions = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const pages = (engine: Engine) => Number(engine.all('pragma page_count')[0]?.['page_count'])

/** A store whose engine is at hand. */
async function openParts(path: string) {
  const engine = await openEngine(path)
  engine.all('pragma journal_mode = wal')
  engine.all('pragma synchronous = full')
  await migrate(sqliteMigration(engine, path))
  return { engine, store: sqlPorts(sqliteDriver(engine, Date.now)) as Store }
}

describe('a SQLite file', () => {
  it('keeps everything when it is closed and opened again (RT-15)', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const first = await sqliteStore(path)
    const session = await started(first)
    await first.sessions.rotate(session.id, 0, GRACE)
    const page = await first.revocations.since(0, 10)
    await first.close()
    const second = await sqliteStore(path)
    expect((await second.sessions.find(session.id))?.session.generation).toBe(1)
    expect((await second.revocations.since(0, 10)).logId).toBe(page.logId)
    await second.close()
  })

  it('G-03, V13: changes nothing where the event of a change, or its revocation, cannot be written', async () => {
    await using folder = await temporaryFolder()
    const { engine, store } = await openParts(folder.file('app.db'))
    const account = { username: 'ada', usernameKey: 'ada', passwordHash: 'a', scope: '' }
    const user = await store.users.create({ ...account, id: 'u1' }, anEvent())
    const [one, two] = [await started(store, { userId: 'u1' }), await started(store, { userId: 'u1' })]
    const ending = { reason: 'revoked', hold: HOLD } as const
    const issuer = 'https://auth.example.com'
    const later = Math.ceil(Date.now() / 1000) + 60
    const verbs: Record<string, () => Promise<unknown>> = {
      start: () =>
        store.sessions.start({ ...aSession({ userId: 'u1' }), replaces: one.id }, RULES, anEvent()),
      end: () => store.sessions.end(one.id, ending, anEvent()),
      endAll: () => store.sessions.endAll('u1', { ...ending, keep: null }, anEvent()),
      endOthers: () => store.sessions.endAll('u1', { ...ending, keep: two.id }, anEvent()),
      changePassword: () =>
        store.users.changePassword(
          'u1',
          { from: 'a', to: 'b', hold: HOLD },
          aSession({ userId: 'u1' }),
          anEvent(),
        ),
      disable: () => store.users.setDisabled('u1', true, HOLD, anEvent()),
      setScope: () => store.users.setScope('u1', 'admin', HOLD, anEvent()),
      delete: () => store.users.delete('u1', HOLD, anEvent()),
      revokeToken: () => store.revocations.revokeToken('jti', Date.now() + HOLD, anEvent()),
      notBeforeUser: () => store.revocations.setNotBefore({ userId: 'u1' }, later, ending, anEvent()),
      notBefore: () => store.revocations.setNotBefore({ issuer }, later, ending, anEvent()),
      keys: () => store.keys.replace(0, [], { kid: 'stolen', hold: HOLD }, anEvent()),
    }
    const tables = engine
      .all("select name from sqlite_master where type = 'table'")
      .map(({ name }) => String(name))
    const everything = (): string =>
      JSON.stringify(tables.map((table) => engine.all(`select * from ${table} order by 1`)))
    const before = everything()
    expect(user?.id).toBe('u1')
    for (const table of ['latchkey_events', 'latchkey_revocations']) {
      engine.all(`create trigger full before insert on ${table} begin select raise(abort, 'no'); end`)
      for (const [verb, run] of Object.entries(verbs)) {
        await expect(run(), `${verb}, ${table}`).rejects.toThrow()
        expect(everything() === before, `${verb}, ${table}`).toBe(true)
      }
      engine.all('drop trigger full')
    }
    for (const run of Object.values(verbs)) await run()
    expect(everything() === before).toBe(false)
    await store.close()
  })

  it('is readable by its owner only', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const store = await sqliteStore(path)
    await started(store)
    expect([await permissions(path), await permissions(`${path}-wal`)]).toEqual(['600', '600'])
    await store.close()
  })

  it('writes ahead, and waits for the disk at every commit', async () => {
    await using folder = await temporaryFolder()
    const { engine, store } = await openParts(folder.file('app.db'))
    expect(() => requireDurable(engine, folder.file('app.db'))).not.toThrow()
    engine.all('pragma synchronous = normal')
    expect(() => requireDurable(engine, folder.file('app.db'))).toThrow(/durable writes.*synchronous 1/)
    await store.close()
  })

  it('answers unavailable when the disk is full, goes on reading, and recovers by itself (F-13)', async () => {
    await using folder = await temporaryFolder()
    const { engine, store } = await openParts(folder.file('app.db'))
    const session = await started(store)
    engine.all(`pragma max_page_count = ${pages(engine)}`)
    const label = 'x'.repeat(5000)
    const starts = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.sessions.start(aSession({ label }), RULES, anEvent())),
    )
    const refused = starts.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(refused.length).toBeGreaterThan(0)
    for (const error of refused) {
      expect(error).toBeInstanceOf(AuthError)
      expect(error).toMatchObject({ code: 'unavailable', details: { retryAfter: 1, reason: 'sqlite_13' } })
    }
    for (const result of starts.filter(({ status }) => status === 'fulfilled')) {
      const { session: written } = (result as PromiseFulfilledResult<{ session: { id: string } }>).value
      expect(await store.sessions.find(written.id)).not.toBeNull()
    }
    expect((await store.sessions.find(session.id))?.session).toEqual(session)
    engine.all('pragma max_page_count = 100000')
    expect(await store.sessions.end(session.id, { reason: 'logout', hold: HOLD }, anEvent())).toBe(true)
    await store.close()
  })

  it('does not grow with the rotations of a session (RT-21)', async () => {
    await using folder = await temporaryFolder()
    const { engine, store } = await openParts(folder.file('app.db'))
    const session = await started(store)
    const before = pages(engine)
    for (let from = 0; from < 1000; from += 1) {
      await store.sessions.rotate(session.id, from, { grace: 0, idle: 3_600_000 })
    }
    expect((await store.sessions.find(session.id))?.session.generation).toBe(1000)
    expect(pages(engine)).toBeLessThanOrEqual(before + 1)
    await store.close()
  })

  it('lets verbs of one turn share a commit, and fails each for itself', async () => {
    const store = await sqliteStore(':memory:')
    const twice = aSession()
    const results = await Promise.allSettled([
      store.sessions.start(twice, RULES, anEvent()),
      store.sessions.start(twice, RULES, anEvent()),
      ...Array.from({ length: 100 }, () => store.sessions.start(aSession(), RULES, anEvent())),
    ])
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await store.events.list({ limit: 1000 })).toHaveLength(101)
    await store.close()
  })

  it('finishes what was asked for before it closes, and refuses what comes after', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const store = await sqliteStore(path)
    const writing = race(100, () => started(store))
    await store.close()
    await store.close()
    const sessions = await writing
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(started(store)).rejects.toMatchObject({ code: 'unavailable' })
    const again = await sqliteStore(path)
    for (const { id } of sessions) expect(await again.sessions.find(id)).not.toBeNull()
    await again.close()
  })
})

describe('the migrations', () => {
  it('do nothing when they run again, and what was refused changes nothing', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const engine = await openEngine(path)
    const target = sqliteMigration(engine, path)
    const schema = () => engine.all('select type, name, sql from sqlite_master order by name')
    await migrate(target)
    const before = schema()
    await migrate(target)
    expect(schema()).toEqual(before)
    await expect(
      migrate(target, [...migrations, ['create table extra (a text)', 'not a statement']]),
    ).rejects.toThrow()
    expect(schema()).toEqual(before)
    await migrate(target, [...migrations, ['create table extra (a text)']])
    expect(engine.all('select version from latchkey_migrations order by version')).toEqual([
      { version: 1 },
      { version: 2 },
      { version: 3 },
    ])
    engine.close()
  })

  it('take nothing of a user of the first schema whose sessions may have been ended', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const engine = await openEngine(path)
    await migrate(sqliteMigration(engine, path), migrations.slice(0, 1))
    engine.all("insert into latchkey_subjects (sub, epoch) values ('untouched', 0), ('ended', 1)")
    engine.all(
      "insert into latchkey_revocations (seq, kind, id, value, until) values (1, 'not_before', 'x', 5, 9)",
    )
    engine.close()
    const store = await sqliteStore(path)
    const adopt = async (userId: string, issuedAt: number): Promise<boolean> => {
      const times = { issuedAt, authenticatedAt: 0, until: Number.MAX_SAFE_INTEGER }
      const adopts = { key: `${userId}-${issuedAt}`, ...times }
      return (await store.sessions.start(aSession({ userId, adopts }), RULES, anEvent())) !== null
    }
    expect([await adopt('untouched', 4999), await adopt('untouched', 5000)]).toEqual([false, true])
    expect([await adopt('ended', 5000), await adopt('ended', Date.now() + 60_000)]).toEqual([false, true])
    await store.close()
  })

  it('refuse a database of a newer version, and say what to do', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    await (await sqliteStore(path)).close()
    const engine = await openEngine(path)
    engine.all('insert into latchkey_migrations (version) values (99)')
    engine.close()
    await expect(sqliteStore(path)).rejects.toThrow(/has schema 99.*Start the newer version/)
  })
})

describe('the sealing secret of a SQLite store', () => {
  it('is made beside the database for its owner only, and stays the same', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const [first, second] = [await sqliteStore(path), await sqliteStore(path)]
    const [one, other] = await Promise.all([first.sealingSecret(), second.sealingSecret()])
    expect(one).toEqual(other)
    expect(one.length).toBeGreaterThanOrEqual(32)
    expect(await permissions(`${path}.secret`)).toBe('600')
    await Promise.all([first.close(), second.close()])
    const again = await sqliteStore(path)
    expect(await again.sealingSecret()).toEqual(one)
    // The text of the file may be given instead of it.
    const text = (await readFile(`${path}.secret`, 'utf8')).trim()
    const given = await sqliteStore(path, { sealingSecret: text })
    expect(await given.sealingSecret()).toEqual(one)
    await Promise.all([again.close(), given.close()])
  })

  it('is told of once, with the option for production', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const lines: string[] = []
    const store = await sqliteStore(path, { log: (line) => lines.push(line) })
    expect(lines).toEqual([])
    await store.sealingSecret()
    await store.sealingSecret()
    expect(lines).toEqual([expect.stringMatching(/app\.db\.secret; in production .*\{ sealingSecret \}/)])
    await store.close()
  })

  it('is refused when others can read it, with the remedy', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const store = await sqliteStore(path)
    await store.sealingSecret()
    for (const mode of [0o644, 0o640, 0o604]) {
      await chmod(`${path}.secret`, mode)
      await expect(store.sealingSecret()).rejects.toThrow(`chmod 600 '${path}.secret'`)
    }
    await store.close()
  })

  it('is refused when it is short, wherever it comes from', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    await expect(sqliteStore(path, { sealingSecret: 'short' })).rejects.toThrow(TypeError)
    await writeFile(`${path}.secret`, 'short\n', { mode: 0o600 })
    const store = await sqliteStore(path)
    await expect(store.sealingSecret()).rejects.toThrow(/at least 32 bytes/)
    await store.close()
  })

  it('is a passing one for a database in memory', async () => {
    const [one, other] = [await sqliteStore(':memory:'), await sqliteStore(':memory:')]
    expect(await one.sealingSecret()).toEqual(await one.sealingSecret())
    expect(await one.sealingSecret()).not.toEqual(await other.sealingSecret())
    await Promise.all([one.close(), other.close()])
  })
})

describe('a SQLite file that cannot be used is refused at the start, with path and remedy (F-18)', () => {
  it('in a folder that is missing', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('none/app.db')
    await expect(sqliteStore(path)).rejects.toThrow(
      `${path}: the folder ${folder.file('none')} is missing. Type: mkdir -p`,
    )
  })

  it('where a folder stands', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('app.db'))
    await expect(sqliteStore(folder.file('app.db'))).rejects.toThrow('it is not a file')
  })

  it('where something else than a database stands', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('app.db'), 'not a database, but long enough to be looked at '.repeat(50))
    await expect(sqliteStore(folder.file('app.db'))).rejects.toThrow(/app\.db.*not a database/)
  })

  // Root may write everywhere, so the program gives up being root first.
  const uid = process.getuid?.() === 0 ? '65534' : ''

  it('that another user owns, or that is read-only', async () => {
    await using folder = await temporaryFolder()
    await chmod(folder.file('.'), 0o777)
    await writeFile(folder.file('app.db'), '')
    await chmod(folder.file('app.db'), 0o444)
    const { code, stderr } = await runChild('open', folder.file('app.db'), uid)
    expect(code).toBe(1)
    expect(stderr).toContain(`the file ${folder.file('app.db')} is not writable by this user`)
    expect(stderr).toContain(`chmod u+rw '${folder.file('app.db')}'`)
  })

  it('in a folder that is read-only', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('data'))
    await chmod(folder.file('.'), 0o755)
    await chmod(folder.file('data'), 0o555)
    const { code, stderr } = await runChild('open', folder.file('data/app.db'), uid)
    expect(code).toBe(1)
    expect(stderr).toContain(`the folder ${folder.file('data')} is not writable by this user`)
    await chmod(folder.file('data'), 0o755)
  })
})
