import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { anEvent, GRACE, HOLD, race, started, winners } from '../../src/store/conformance/case.ts'
import { openEngine } from '../../src/store/sqlite/engine.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { runChild, startChild, startStore } from './child.ts'
import { temporaryFolder } from './folder.ts'

describe('two processes on one SQLite file', () => {
  it('give one of fifty refreshes the new generation, again and again (RT-01, F-15)', async () => {
    await using folder = await temporaryFolder()
    const store = await sqliteStore(folder.file('app.db'))
    await using other = await startStore(folder.file('app.db'))
    for (let trial = 0; trial < 20; trial += 1) {
      const { id } = await started(store)
      const [theirs, ours] = await Promise.all([
        other.call(25, 'sessions', 'rotate', id, 0, GRACE),
        race(25, () => store.sessions.rotate(id, 0, GRACE)),
      ])
      expect(winners([...theirs, ...ours])).toBe(1)
      expect((await store.sessions.find(id))?.session.generation).toBe(1)
    }
    await store.close()
  })

  it('both get through when both write all the time', async () => {
    await using folder = await temporaryFolder()
    const store = await sqliteStore(folder.file('app.db'))
    await using other = await startStore(folder.file('app.db'))
    const [theirs] = await Promise.all([
      other.call(500, 'events', 'append', anEvent()),
      race(500, () => store.events.append(anEvent())),
    ])
    expect(theirs.filter((result) => String(result).startsWith('error'))).toEqual([])
    expect(await store.events.list({ limit: 2000 })).toHaveLength(1000)
    await store.close()
  })

  it('see at once what the other has written, and feel it without asking', async () => {
    await using folder = await temporaryFolder()
    const store = await sqliteStore(folder.file('app.db'))
    await using other = await startStore(folder.file('app.db'))
    const { id } = await started(store)
    const news = new Promise<void>((resolve) => void store.signal.watch(resolve))
    await other.call(1, 'sessions', 'end', id, { reason: 'logout', hold: HOLD }, anEvent())
    expect((await store.sessions.find(id))?.session.endedReason).toBe('logout')
    await news
    await store.close()
  })

  it('start together on a new file, with one schema and one secret', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    const stores = await Promise.all([startStore(path), startStore(path), startStore(path)])
    const secrets = await Promise.all(stores.map((store) => store.call(1, null, 'sealingSecret')))
    expect(secrets[1]).toEqual(secrets[0])
    expect(secrets[2]).toEqual(secrets[0])
    for (const store of stores) await store[Symbol.asyncDispose]()
  })
})

describe('a SQLite file that another process holds (F-14)', () => {
  it('makes writes unavailable after two seconds, while reads and everything else go on', async () => {
    await using folder = await temporaryFolder()
    const store = await sqliteStore(folder.file('app.db'))
    const session = await started(store)
    await using lock = await startChild('lock', folder.file('app.db'))
    let ticks = 0
    const timer = setInterval(() => {
      ticks += 1
    }, 10)
    const ends = Promise.allSettled(
      Array.from({ length: 20 }, () =>
        store.sessions.end(session.id, { reason: 'logout', hold: HOLD }, anEvent()),
      ),
    )
    expect((await store.sessions.find(session.id))?.session.endedAt).toBeNull()
    const refused = { status: 'rejected', reason: { code: 'unavailable', details: { retryAfter: 1 } } }
    // All of them, before the lock goes: one that still waits would be let through then.
    expect(await ends).toMatchObject(Array(20).fill(refused))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(20)
    lock.send('let go')
    await once(lock, 'exit')
    expect(await store.sessions.end(session.id, { reason: 'logout', hold: HOLD }, anEvent())).toBe(true)
    await store.close()
  })

  it('lets a write through that need not wait so long', async () => {
    await using folder = await temporaryFolder()
    const store = await sqliteStore(folder.file('app.db'))
    const session = await started(store)
    await using lock = await startChild('lock', folder.file('app.db'))
    const ending = store.sessions.end(session.id, { reason: 'logout', hold: HOLD }, anEvent())
    await sleep(200)
    lock.send('let go')
    expect(await ending).toBe(true)
    await store.close()
  })
})

describe('a process that is killed', () => {
  it('leaves all that it acknowledged, and a sound file (RT-23)', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('app.db')
    for (let round = 0; round < 5; round += 1) {
      const acknowledged = new Map<string, number>()
      await using writer = await startChild('write-until-killed', path)
      writer.on('message', ({ id, generation }: { id: string; generation: number }) => {
        acknowledged.set(id, generation)
      })
      await once(writer, 'message')
      await sleep(50 + round * 37)
      writer.kill('SIGKILL')
      await once(writer, 'close')
      const store = await sqliteStore(path)
      expect(acknowledged.size).toBeGreaterThan(0)
      for (const [id, generation] of acknowledged) {
        expect((await store.sessions.find(id))?.session.generation).toBeGreaterThanOrEqual(generation)
      }
      await store.close()
    }
    const engine = await openEngine(path)
    expect(engine.all('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
    engine.close()
  })

  it('while it migrates, leaves nothing half done: the next one completes it (F-03)', async () => {
    await using folder = await temporaryFolder()
    for (const nth of [1, 3, 4, 9, 16, 20, 21]) {
      const path = folder.file(`${nth}.db`)
      expect((await runChild('migrate-and-die', path, String(nth))).signal).toBe('SIGKILL')
      const store = await sqliteStore(path)
      expect(await started(store)).toMatchObject({ generation: 0 })
      await store.close()
    }
  })
})
