import type { Clock } from '../../base/clock.ts'
import { bind, createCompiler, type Dialect } from '../sql/compile.ts'
import type { Row, SqlDriver, Values } from '../sql/driver.ts'
import type { Engine } from './engine.ts'
import { createWriter, patiently } from './writer.ts'

const dialect: Dialect = {
  parameter: (index) => `?${index}`,
  now: null,
  lock: '',
  // Whoever writes is alone here.
  turn: { together: 'select 1', alone: 'select 1' },
}

/**
 * A verb is run in one synchronous block, so nothing interleaves within this process. The engine itself never waits
 * for a lock: that would hold up the event loop, verification included.
 */
export function sqliteDriver(engine: Engine, clock: Clock): SqlDriver {
  const compile = createCompiler(dialect)
  const execute = (text: string, values: Values): readonly Row[] => {
    const compiled = compile(text)
    return engine.all(compiled.text, bind(compiled, { ...values, now: clock() }))
  }
  const writer = createWriter(engine)
  return {
    read: (text, values) => patiently(writer, () => execute(text, values)),
    write: (texts, values) => writer.transaction(() => texts.map((text) => execute(text, values))),
    close: writer.close,
  }
}
