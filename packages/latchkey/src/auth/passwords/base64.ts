/** The ways in which password hashes write bytes. Each reader takes the one spelling that its writer makes. */

/** Base64 without padding, as PHC strings have it. */
export function encodePlain(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

/** @returns `null` when the text is not exactly what {@link encodePlain} makes */
export function decodePlain(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64')
  return encodePlain(bytes) === text ? bytes : null
}

/** Base64 with padding, as Django has it. */
export function decodePadded(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** Base64 with `.` for `+` and no padding, as Passlib has it for pbkdf2. */
export function decodeDotted(text: string): Uint8Array | null {
  return decodePlain(text.replaceAll('.', '+'))
}

const BCRYPT = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 in the order of bcrypt; spare bits at the end do not count, for some writers left them set. */
export function decodeBcrypt(text: string): Uint8Array {
  return Buffer.from(
    text.replace(/./g, (letter) => STANDARD[BCRYPT.indexOf(letter)] ?? ''),
    'base64',
  )
}
