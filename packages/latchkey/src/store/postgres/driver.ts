import type { Clock } from '../../base/clock.ts'
import { AuthError } from '../../base/errors.ts'
import { createBreaker } from '../breaker.ts'
import { within } from '../deadline.ts'
import { bind, createCompiler, type Dialect } from '../sql/compile.ts'
import type { Row, SqlDriver, Values } from '../sql/driver.ts'
import { unavailable } from '../unavailable.ts'
import type { Connections } from './connections.ts'
import { codeOf, isCollision, isConnectionLost, isStoreFailure } from './errors.ts'
import type { PostgresClient } from './pool.ts'

/** How long (ms) a statement may take. */
const STATEMENT = 5000

// Any number will do, as long as every version uses the same one.
const TURN = 7_227_431_161

const dialect = (clock: Clock | null): Dialect => ({
  // Without types PostgreSQL cannot tell what `$1 + $2` is.
  parameter: (index, kind) => `$${index}::${kind === 'text' ? 'text' : 'bigint'}`,
  now: clock === null ? '(floor(extract(epoch from statement_timestamp()) * 1000)::bigint)' : null,
  lock: 'for update',
  // No lock of a row: who wants one alone would wait for ever behind many who come and go.
  turn: {
    together: `select pg_advisory_xact_lock_shared(${TURN})`,
    alone: `select pg_advisory_xact_lock(${TURN})`,
  },
})

type Rows = readonly (readonly Row[])[]
type Execute = (client: PostgresClient, text: string) => Promise<readonly Row[]>

/** The commit was sent, and nobody knows whether it was carried out. */
interface Outcome {
  unknown: boolean
}

export function postgresDriver(connections: Connections, clock: Clock | null): SqlDriver {
  const compile = createCompiler(dialect(clock))
  const breaker = createBreaker((error) => isStoreFailure(error) && !(error instanceof AuthError))

  const executeWith = (values: Values): Execute => {
    const all = clock === null ? values : { ...values, now: clock() }
    return async (client, text) => {
      const compiled = compile(text)
      return (await within(STATEMENT, client.query(compiled.text, bind(compiled, all)))).rows
    }
  }
  const once = (execute: Execute, texts: readonly string[], outcome: Outcome): Promise<Rows> =>
    connections.use((client) => {
      const [text = ''] = texts
      return texts.length === 1
        ? execute(client, text).then((rows) => [rows])
        : transaction(client, () => inOrder(texts, (one) => execute(client, one)), outcome)
    })
  const run = async (texts: readonly string[], values: Values): Promise<Rows> => {
    const execute = executeWith(values)
    try {
      return await breaker.run(() => twice((outcome) => once(execute, texts, outcome)))
    } catch (error) {
      throw asFailure(error)
    }
  }
  return {
    async read(text, values) {
      const [rows = []] = await run([text], values)
      return rows
    },
    write: run,
    // The pool belongs to the caller.
    async close() {},
  }
}

/**
 * Once more after a collision or a lost connection, where nothing was committed. A verb of a single statement commits
 * by itself; all of these may be repeated: a second rotation finds nothing to rotate, and its caller reads on.
 */
async function twice<T>(work: (outcome: Outcome) => Promise<T>): Promise<T> {
  const outcome: Outcome = { unknown: false }
  try {
    return await work(outcome)
  } catch (error) {
    if (outcome.unknown || isTimeout(error) || !(isCollision(error) || isConnectionLost(error))) throw error
    return await work(outcome)
  }
}

// Who has waited for one deadline is not made to wait for another.
const isTimeout = (error: unknown): boolean => codeOf(error) === 'ETIMEDOUT'

async function transaction<T>(client: PostgresClient, work: () => Promise<T>, outcome: Outcome): Promise<T> {
  const send = (text: string) => within(STATEMENT, client.query(text))
  try {
    await send(`begin; set local statement_timeout = ${STATEMENT}`)
    const result = await work()
    outcome.unknown = true
    await send('commit')
    outcome.unknown = false
    return result
  } catch (error) {
    if (!isConnectionLost(error)) await send('rollback')
    throw error
  }
}

async function inOrder<T, R>(values: readonly T[], run: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const value of values) results.push(await run(value))
  return results
}

function asFailure(error: unknown): unknown {
  if (error instanceof AuthError || !isStoreFailure(error)) return error
  return unavailable(`postgres_${codeOf(error) ?? 'connection'}`, error)
}
