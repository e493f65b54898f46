import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type CsvError, type Parser, parse } from 'csv-parse'
import { AuthError } from 'latchkey'

/** What a file says of one user, in its own words. */
export interface Row {
  /** Where it ends, from 1. */
  readonly line: number
  readonly cells: Readonly<Record<string, unknown>>
  /** Why it says nothing, if it does not. Never with a word of what stands there: it may be a hash. */
  readonly fault: AuthError | null
}

export type Format = 'csv' | 'jsonl'

/** By the end of its name, where nobody says otherwise. */
export const formatOf = (file: string): Format => (/\.(?:jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv')

/** Bytes of a row; whatever is longer is no row, but a quote or a line break that is missing. */
const LONGEST = 1 << 20

/**
 * Opens a file, or standard input for `-`.
 *
 * @throws {AuthError} `invalid_input` when it cannot be opened
 */
export async function openFile(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  try {
    const handle = await open(file)
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    return handle.createReadStream()
  } catch (error) {
    throw unreadable(`The file cannot be opened (${(error as NodeJS.ErrnoException).code}): ${file}`)
  }
}

/**
 * Its rows, one after the other: not more of it is in memory.
 *
 * @param used the columns that count
 * @throws {AuthError} `invalid_input` when one of them is there twice
 */
export async function* rowsOf(bytes: Readable, format: Format, used: readonly string[]): AsyncGenerator<Row> {
  try {
    yield* format === 'csv' ? csvRows(bytes, used) : jsonRows(bytes)
  } finally {
    bytes.destroy()
  }
}

/** RFC 4180; the first line names the columns. */
async function* csvRows(bytes: Readable, used: readonly string[]): AsyncGenerator<Row> {
  /** The line where the last row ended. */
  let end = 0
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: LONGEST,
    on_record(row, { lines }) {
      end = lines
      return row
    },
  })
  const faults = faultsOf(parser, bytes, () => end)
  bytes.on('error', (error) => parser.destroy(error)).pipe(parser)
  let names: readonly string[] | null = null
  for await (const { record, info } of parser as AsyncIterable<Parsed>) {
    yield* faults.splice(0)
    if (names === null) names = requireDistinct(record, used)
    else yield csvRow(info.lines, names, record)
  }
  yield* faults.splice(0)
}

interface Parsed {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

/** The rows that are none, as they come. Their own messages quote what stands there. */
function faultsOf(parser: Parser, bytes: Readable, endOfLast: () => number): Row[] {
  const faults: Row[] = []
  let isOver = false
  let last = -1
  parser.on('skip', ({ code, lines = 0 }: CsvError & { readonly lines?: number }) => {
    const isEnd = code === 'CSV_MAX_RECORD_SIZE'
    // One row may have several.
    if (isOver || (lines === last && !isEnd)) return
    // A quote that is not closed takes the lines behind it along.
    const first = Math.max(last, endOfLast()) + 1
    last = lines
    isOver = isEnd
    const where = first < lines ? `Lines ${first} to ${lines} are` : 'This is'
    const rest = isEnd ? '; nothing from here on was read' : ''
    faults.push(faulty(Math.min(first, lines), `${where} no CSV (${code.toLowerCase()})${rest}.`))
    if (!isEnd) return
    bytes.unpipe(parser)
    parser.end()
  })
  return faults
}

function csvRow(line: number, names: readonly string[], record: readonly string[]): Row {
  if (record.length !== names.length)
    return faulty(line, `There are ${record.length} columns, not ${names.length}.`)
  return { line, cells: Object.fromEntries(names.map((name, at) => [name, record[at]])), fault: null }
}

/** Which of two columns is meant nobody can tell. */
function requireDistinct(names: readonly string[], used: readonly string[]): readonly string[] {
  const at = names.findIndex((name, at) => used.includes(name) && names.indexOf(name) !== at)
  if (at === -1) return names
  throw unreadable(`Columns ${names.indexOf(names[at] ?? '') + 1} and ${at + 1} have the same name.`)
}

/** One object a line. */
async function* jsonRows(bytes: Readable): AsyncGenerator<Row> {
  let line = 0
  for await (const text of linesOf(bytes)) {
    line += 1
    if (text === null) yield faulty(line, 'The line is too long; nothing from here on was read.')
    else if (text.trim() !== '') yield jsonRow(line, text)
  }
}

/** `null` in the place of a line that has no end. */
async function* linesOf(bytes: Readable): AsyncGenerator<string | null> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > LONGEST) return yield null
  }
  yield rest + decoder.decode()
}

function jsonRow(line: number, text: string): Row {
  try {
    const cells: unknown = JSON.parse(text)
    if (typeof cells === 'object' && cells !== null && !Array.isArray(cells))
      return { line, cells: cells as Row['cells'], fault: null }
    return faulty(line, 'This is no JSON object; write one user a line.')
  } catch {
    return faulty(line, 'This is no JSON.')
  }
}

const faulty = (line: number, message: string): Row => ({ line, cells: {}, fault: unreadable(message) })

const unreadable = (message: string): AuthError => new AuthError('invalid_input', message, { field: 'file' })
