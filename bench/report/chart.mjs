const WIDTH = 760
const LABEL = 230
const VALUE = 160
const ROW = 26

/**
 * A horizontal bar chart as SVG: text that can be read and copied, colours for light and dark.
 *
 * @param bars `{ label, value, text, ours }`; a bar without a value is only named
 * @param log whether bars grow with the logarithm, where values are decades apart
 */
export function barChart({ title, subtitle, bars, log = false }) {
  const most = Math.max(...bars.map(({ value }) => value ?? 0))
  const least = Math.min(...bars.map(({ value }) => value ?? most).filter((value) => value > 0))
  const room = WIDTH - LABEL - VALUE
  const lengthOf = (value) =>
    log
      ? room * (0.05 + (0.95 * Math.log(value / least)) / Math.log(most / least || 2))
      : (room * value) / most
  const height = 74 + bars.length * ROW
  const rows = bars.map(({ label, value, text, ours }, at) => {
    const top = 60 + at * ROW
    const length = value > 0 ? Math.max(1, lengthOf(value)) : 0
    return [
      `<text class="label" x="${LABEL - 10}" y="${top + 15}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${ours ? 'ours' : 'other'}" x="${LABEL}" y="${top + 2}" width="${length.toFixed(1)}" height="18" rx="2"/>`,
      `<text class="value" x="${(LABEL + length + 6).toFixed(1)}" y="${top + 15}">${escaped(text)}</text>`,
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .subtitle { fill: #59636e; font-size: 12px }
  .back { fill: #ffffff }
  .ours { fill: #0969da }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .subtitle { fill: #9198a1 }
    .back { fill: #0d1117 }
    .ours { fill: #58a6ff }
    .other { fill: #484f58 }
  }
</style>
<rect class="back" width="${WIDTH}" height="${height}" rx="8"/>
<text class="title" x="16" y="26">${escaped(title)}</text>
<text class="subtitle" x="16" y="44">${escaped(subtitle)}${log ? ' · logarithmic' : ''}</text>
${rows.join('\n')}
</svg>
`
}

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
