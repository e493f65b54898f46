/** Neither a terminal nor a reader is to be given orders by what users typed: control and format characters are shown escaped. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
