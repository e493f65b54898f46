/** Three significant digits, without powers of ten. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits)
}

/** A median and where 10 and 90 per cent lie. */
export function spread({ median, p10, p90 }, scale = 1) {
  return `${number(median / scale)} (${number(p10 / scale)}–${number(p90 / scale)})`
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

export const mebibytes = (bytes) => number(bytes / 2 ** 20)
