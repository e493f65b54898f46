import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { AuthError } from 'latchkey'

/** What a file says of one user, in its own words. */
export interface Row {
  /** Where it ends, from 1. */
  readonly line: number
  readonly cells: Readonly<Record<string, unknown>>
}

export type Format = 'csv' | 'jsonl'

/**
 * The rows of a file, or of standard input for `-`, one after the other: a file may be larger than memory.
 *
 * @throws {AuthError} `invalid_input` for a file that cannot be opened or is not of this format, with the line
 */
export async function* rowsOf(file: string, format: Format): AsyncGenerator<Row> {
  const bytes = file === '-' ? process.stdin : await opened(file)
  yield* format === 'csv' ? csvRows(bytes) : jsonRows(bytes)
}

async function opened(file: string): Promise<Readable> {
  try {
    return (await open(file)).createReadStream()
  } catch (error) {
    throw unreadable(`The file cannot be opened (${(error as NodeJS.ErrnoException).code}): ${file}`)
  }
}

/** By the end of its name, where nobody says otherwise. */
export const formatOf = (file: string): Format => (/\.(?:jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv')

/** RFC 4180; the first line names the columns. */
async function* csvRows(bytes: Readable): AsyncGenerator<Row> {
  const parser = parse({ columns: true, bom: true, info: true, skip_empty_lines: true })
  bytes.on('error', (error) => parser.destroy(error)).pipe(parser)
  try {
    for await (const { record, info } of parser) yield { line: info.lines, cells: record }
  } catch (error) {
    throw faultOf(error)
  }
}

/** What csv-parse says of a fault quotes the line, and with it a hash. */
function faultOf(error: unknown): unknown {
  const { code, lines } = (error ?? {}) as { readonly code?: unknown; readonly lines?: unknown }
  if (typeof code !== 'string' || !code.startsWith('CSV_')) return error
  return unreadable(`Line ${lines} is no CSV (${code.toLowerCase()}).`)
}

/** One object a line. */
async function* jsonRows(bytes: Readable): AsyncGenerator<Row> {
  let line = 0
  for await (const text of linesOf(bytes)) {
    line += 1
    if (text.trim() === '') continue
    yield { line, cells: objectOf(text, line) }
  }
}

async function* linesOf(bytes: Readable): AsyncGenerator<string> {
  const lines = createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })
  const failed = new Promise<never>((_, reject) => bytes.once('error', reject))
  failed.catch(() => {})
  const iterator = lines[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([iterator.next(), failed])
    if (next.done) return
    yield next.value.replace(/^\uFEFF/, '')
  }
}

function objectOf(text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own words quote the line.
    throw unreadable(`Line ${line} is no JSON.`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw unreadable(`Line ${line} is no JSON object; write one user a line.`)
}

const unreadable = (message: string): AuthError => new AuthError('invalid_input', message, { field: 'file' })
