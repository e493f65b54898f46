/*
 * `buffer.write(text, at, encoding)` looks its encoding up by name, which takes as long as writing a short text. What it
 * calls then is a method of every Node buffer, documented or not; hosts that lack one get the long way.
 */

interface Direct {
  utf8Write(text: string, at: number): number
  latin1Write(text: string, at: number): number
  base64urlWrite(text: string, at: number): number
  latin1Slice(start: number, end: number): string
}

type Write = (into: Buffer, text: string, at: number) => number

const has = (method: keyof Direct): boolean =>
  typeof (Buffer.prototype as Partial<Record<keyof Direct, unknown>>)[method] === 'function'

/** Writes a text's UTF-8, as many whole characters as there is room for. @returns how many bytes it wrote */
export const writeUtf8: Write = has('utf8Write')
  ? (into, text, at) => (into as Buffer & Direct).utf8Write(text, at)
  : (into, text, at) => into.write(text, at, 'utf8')

/** Writes the lower byte of each character. */
export const writeLatin1: Write = has('latin1Write')
  ? (into, text, at) => (into as Buffer & Direct).latin1Write(text, at)
  : (into, text, at) => into.write(text, at, 'latin1')

/** Writes what a base64url text spells, as forgiving as Node is. */
export const writeBase64url: Write = has('base64urlWrite')
  ? (into, text, at) => (into as Buffer & Direct).base64urlWrite(text, at)
  : (into, text, at) => into.write(text, at, 'base64url')

/** A character for each byte. */
export const latin1In: (bytes: Buffer, start: number, end: number) => string = has('latin1Slice')
  ? (bytes, start, end) => (bytes as Buffer & Direct).latin1Slice(start, end)
  : (bytes, start, end) => bytes.toString('latin1', start, end)
