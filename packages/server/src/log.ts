import { pino } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

/** Where lines go. */
export interface LogStream {
  readonly isTTY?: boolean
  write(line: string): unknown
}

/** JSON lines for machines, short lines for a person at a terminal; both on standard error. */
export function createLog(level: LogLevel, stream: LogStream = process.stderr): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // A net, not the plan: what is logged is built from fields that cannot hold a secret.
    redact: [
      'password',
      'token',
      'secret',
      '*.password',
      '*.token',
      '*.secret',
      '*.authorization',
      '*.cookie',
    ],
  }
  return stream.isTTY
    ? pino(options, { write: (line) => void stream.write(forPerson(line)) })
    : pino(options, stream)
}

function forPerson(line: string): string {
  const { level, time, msg = '', ...fields } = JSON.parse(line) as Record<string, unknown>
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${[msg, ...rest].join(' ')}\n`
}
