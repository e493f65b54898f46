/** Every name of an options type. The compiler says when one is missing. */
export type NamesOf<O> = Readonly<Record<keyof O, true>>

/**
 * A misspelt option would do nothing, and nobody would notice: a revocation hook that is never called, a setting that
 * stays at its default.
 *
 * @param what the options' own name, for the message
 * @throws {TypeError} for a name that is not among the known ones
 */
export function requireKnownNames(given: object, known: object, what: string): void {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) throw new TypeError(messageOf(name, Object.keys(known), what))
  }
}

function messageOf(name: string, known: readonly string[], what: string): string {
  const meant = known.find((one) => one.toLowerCase() === name.toLowerCase())
  const hint = meant === undefined ? `there are ${known.join(', ')}` : `"${meant}" is meant`
  return `${what}: "${name}" is no option; ${hint}.`
}
