/*
 * V8 keeps a piece of a text as a view of the whole, and comparing views takes a slower way than comparing texts as
 * they came: with what that way has to fetch from memory in a busy process, half a microsecond more for a token. So
 * who compares pieces can ask for the whole, and compare that.
 */

let lastPiece = ''
let lastWhole = ''

/** Says of what text a piece is the end. The caller has made sure of that. */
export function rememberWhole(piece: string, whole: string): void {
  lastPiece = piece
  lastWhole = whole
}

/** The text whose end this is, where that was said last and nobody has asked since; else the piece itself. */
export function wholeOf(piece: string): string {
  const whole = piece === lastPiece ? lastWhole : piece
  lastPiece = ''
  lastWhole = ''
  return whole
}
