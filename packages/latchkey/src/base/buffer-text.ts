/*
 * `buffer.write(text, at, encoding)` looks its encoding up by name, which takes as long as writing a short text. What it
 * calls then is a method of every Node buffer, documented or not. Other hosts lack these methods, or have them with other
 * arguments; they get the long way.
 */

interface Direct {
  utf8Write(text: string, at: number): number
  latin1Write(text: string, at: number): number
  base64urlWrite(text: string, at: number): number
  latin1Slice(start: number, end: number): string
}

type Write = (into: Buffer, text: string, at: number) => number

/** Whether the short way does here what it does in Node. */
const isDirect = ((): boolean => {
  try {
    const buffer = Buffer.alloc(8) as Buffer & Direct
    const written = [
      buffer.utf8Write('aé', 1),
      buffer.latin1Write('é', 4),
      buffer.base64urlWrite('YWJjZA', 5),
    ]
    return written.join() === '3,1,3' && buffer.latin1Slice(0, 8) === '\0aÃ©éabc'
  } catch {
    return false
  }
})()

/** Writes a text's UTF-8, as many whole characters as there is room for. @returns how many bytes it wrote */
export const writeUtf8: Write = isDirect
  ? (into, text, at) => (into as Buffer & Direct).utf8Write(text, at)
  : (into, text, at) => into.write(text, at, 'utf8')

/** Writes the lower byte of each character. */
export const writeLatin1: Write = isDirect
  ? (into, text, at) => (into as Buffer & Direct).latin1Write(text, at)
  : (into, text, at) => into.write(text, at, 'latin1')

/** Writes what a base64url text spells, as forgiving as Node is. */
export const writeBase64url: Write = isDirect
  ? (into, text, at) => (into as Buffer & Direct).base64urlWrite(text, at)
  : (into, text, at) => into.write(text, at, 'base64url')

/** A character for each byte. */
export const latin1In: (bytes: Buffer, start: number, end: number) => string = isDirect
  ? (bytes, start, end) => (bytes as Buffer & Direct).latin1Slice(start, end)
  : (bytes, start, end) => bytes.toString('latin1', start, end)
