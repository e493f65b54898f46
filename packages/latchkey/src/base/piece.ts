/*
 * V8 keeps a piece of a text as a view of the whole, and comparing views takes a slower way than comparing texts as
 * they came: with what that way is to fetch from memory in a busy process, half a microsecond longer for a token. So
 * who compares pieces can ask for the whole, and compare that.
 */

let lastPiece = ''
let lastWhole = ''

/** The end of a text, from `start` on. */
export function pieceFrom(whole: string, start: number): string {
  lastPiece = whole.slice(start)
  lastWhole = whole
  return lastPiece
}

/** The text whose end this is, where it was the last that was cut off and nobody has asked yet; else the piece itself. */
export function wholeOf(piece: string): string {
  const whole = piece === lastPiece ? lastWhole : piece
  lastPiece = ''
  lastWhole = ''
  return whole
}
