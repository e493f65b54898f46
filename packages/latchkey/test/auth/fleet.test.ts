import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TokenPair } from '../../src/auth/sessions.ts'
import { decodeUnverified } from '../../src/jwt/index.ts'
import { anEvent, HOLD } from '../../src/store/conformance/case.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import { freshSchema, type Schema } from '../store/postgres-schema.ts'
import { POSTGRES } from '../store/services.ts'
import { secret } from './known.ts'
import { type NodeOptions, type RemoteNode, startNode } from './node.ts'

const FULL = process.env['LATCHKEY_TEST_TIER'] === 'f'

type Database = NodeOptions['database']

function testFleet(
  name: string,
  open: () => Promise<{ database: Database; close(): PromiseLike<void> }>,
): void {
  describe(`several processes on ${name}`, () => {
    let database: Database
    let close: () => PromiseLike<void>
    let nodes: RemoteNode[]

    beforeAll(async () => {
      const opened = await open()
      database = opened.database
      close = opened.close
      nodes = []
      for (let i = 0; i < 3; i++) nodes.push(await startNode({ database, secret }))
    })
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.kill()))
      await close()
    })

    const node = (i: number): RemoteNode => nodes[i % nodes.length] as RemoteNode
    const tokenOf = ({ value }: { value?: unknown }): string => (value as TokenPair).refreshToken

    it('RT-01: give one successor to fifty refreshes at once, in two processes', async () => {
      for (let trial = 0; trial < (FULL ? 100 : 10); trial++) {
        const { refreshToken } = await node(0).start(`u${trial}`)
        const both = [node(0), node(1)].map((one) => one.call('refresh', [refreshToken], 25))
        const outcomes = (await Promise.all(both)).flat()
        expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['accepted']))
        const tokens = new Set(outcomes.map(tokenOf))
        expect(tokens.size).toBe(1)
        expect(decodeUnverified([...tokens][0] as string).claims['gen']).toBe(1)
      }
    })

    it('RV-03: feel on every node what was ended on one', async () => {
      for (let trial = 0; trial < (FULL ? 50 : 5); trial++) {
        const { accessToken, sessionId } = await node(trial).start('u')
        for (const one of nodes) expect(await one.authenticate(accessToken)).toBe('accepted')
        await node(trial).call('end', [sessionId])
        expect(await node(trial).authenticate(accessToken)).toBe('revoked_token')
        await Promise.all(nodes.map((one) => felt(one, accessToken)))
      }
    })

    it('RV-04: feel it within the bound where push is broken', async () => {
      await using deaf = await startNode({ database, secret, push: false })
      const { accessToken, sessionId } = await node(0).start('u')
      expect(await deaf.authenticate(accessToken)).toBe('accepted')
      await node(0).call('end', [sessionId])
      await felt(deaf, accessToken)
    })

    it('RT-15, RT-23: find every acknowledged session again after the processes were killed', async () => {
      const killed = await startNode({ database, secret })
      const pairs = await Promise.all(Array.from({ length: 20 }, (_, i) => killed.start(`k${i}`)))
      const refreshing = pairs.map(({ refreshToken }) => killed.refresh(refreshToken).catch(() => null))
      await killed.kill()
      const acknowledged = await Promise.all(refreshing)
      for (const [i, pair] of pairs.entries()) {
        // Without an answer the client still has the old token, and it is good once more.
        const held = acknowledged[i]?.value === undefined ? pair.refreshToken : tokenOf(acknowledged[i])
        expect((await node(i).refresh(held)).code).toBe('accepted')
      }
    })
  })
}

const felt = (node: RemoteNode, token: string): Promise<void> =>
  expect.poll(() => node.authenticate(token), { timeout: 5000, interval: 20 }).toBe('revoked_token')

testFleet('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-fleet-'))
  return {
    database: { path: join(folder, 'fleet.db') },
    close: () => rm(folder, { recursive: true }),
  }
})

const onPostgres = (schema: Schema): Database => ({
  connectionString: POSTGRES as string,
  options: `-c search_path=${schema.name}`,
})

describe.skipIf(POSTGRES === undefined)('with LATCHKEY_TEST_POSTGRES', () => {
  testFleet('PostgreSQL', async () => {
    const schema = await freshSchema()
    return { database: onPostgres(schema), close: () => schema[Symbol.asyncDispose]() }
  })

  it('F-43, RV-16: miss no revocation when the database is set back under them and writes on', async () => {
    await using schema = await freshSchema()
    const [pool, node] = [schema.pool(), { database: onPostgres(schema), secret, push: false }]
    const store = await postgresStore(pool)
    await using one = await startNode(node)
    await using other = await startNode(node)
    const pairs = await Promise.all(Array.from({ length: 6 }, (_, i) => one.start(`u${i}`)))
    const [kept, first, second, third, fourth, living] = pairs as [
      TokenPair,
      TokenPair,
      TokenPair,
      TokenPair,
      TokenPair,
      TokenPair,
    ]
    const end = ({ sessionId }: TokenPair): Promise<boolean> =>
      store.sessions.end(sessionId, { reason: 'revoked', hold: HOLD }, anEvent())
    const feltBy = async (...ended: TokenPair[]): Promise<void> => {
      for (const pair of ended) for (const each of [one, other]) await felt(each, pair.accessToken)
    }

    await end(kept)
    for (const table of LOST) await pool.query(`create table kept_${table} as table ${table}`)
    await end(first)
    await end(second)
    await feltBy(kept, first, second)
    // The backup comes back, and as much is written as was lost, before anybody asks again.
    const writes = LOST.map((table) => `delete from ${table}; insert into ${table} table kept_${table};`)
    await pool.query(`begin; ${writes.join(' ')} commit`)
    await end(third)
    await end(fourth)
    await feltBy(third, fourth, kept, first, second)
    expect(await one.authenticate(living.accessToken)).toBe('accepted')
  })
})

/** What a restored database has forgotten. */
const LOST = ['latchkey_sessions', 'latchkey_revocations', 'latchkey_revocation_head'] as const

describe.skipIf(POSTGRES === undefined || fakeTime() === null)('with libfaketime and PostgreSQL', () => {
  it.each(['+1h', '-1h'])(
    'RT-14, F-24: rotates by the store’s clock on a node that is %s wrong',
    async (offset) => {
      await using schema = await freshSchema()
      const database = onPostgres(schema)
      const env = { LD_PRELOAD: fakeTime() ?? '', FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
      await using right = await startNode({ database, secret })
      await using wrong = await startNode({ database, secret }, env)
      expect(Math.abs((await wrong.clock()) - Date.now())).toBeGreaterThan(3_000_000)

      const { refreshToken } = await right.start('u')
      const outcomes = await Promise.all([right, wrong].map((one) => one.call('refresh', [refreshToken], 10)))
      const pairs = outcomes.flat().map(({ value }) => value as TokenPair)
      expect(new Set(pairs.map((pair) => pair.refreshToken)).size).toBe(1)
      for (const { accessToken } of pairs) {
        const { iat } = decodeUnverified(accessToken).claims as { iat: number }
        expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5)
      }
      const next = await wrong.refresh((pairs[0] as TokenPair).refreshToken)
      expect(next.code).toBe('accepted')
    },
  )
})

/** Where the library is that fakes the clock of a process; `null` where it is not installed. */
function fakeTime(): string | null {
  try {
    const files = execFileSync('dpkg', ['-L', 'libfaketime'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return files.split('\n').find((line) => line.endsWith('libfaketime.so.1')) ?? null
  } catch {
    return null
  }
}
