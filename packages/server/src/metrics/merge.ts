/**
 * Several expositions as one: Prometheus wants the samples of a metric together, under one description.
 *
 * @param texts in the text format 0.0.4, whose samples differ in a label
 */
export function merged(texts: readonly string[]): string {
  const families = new Map<string, { head: string[]; samples: string[] }>()
  for (const text of texts) {
    for (const { name, head, samples } of familiesOf(text)) {
      const known = families.get(name)
      if (known) known.samples.push(...samples)
      else families.set(name, { head, samples })
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head, ...samples, '']).join('\n')
}

interface Family {
  readonly name: string
  readonly head: string[]
  readonly samples: string[]
}

/** A family begins with its `# HELP` and ends where the next one begins. */
function familiesOf(text: string): Family[] {
  const families: Family[] = []
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, name] = /^# (?:HELP|TYPE|UNIT) (\S+)/.exec(line) ?? []
    const last = families.at(-1)
    if (name === undefined) last?.samples.push(line)
    else if (last?.name === name) last.head.push(line)
    else families.push({ name, head: [line], samples: [] })
  }
  return families
}
