/** All of the console's looks: no script, no picture, no font that would have to be fetched. */
export const STYLES = `
:root { color-scheme: light dark; --ink: #1a1d21; --dim: #5c6670; --paper: #fff; --line: #d9dee3; --tint: #f4f6f8;
  --link: #0b5cad; --good: #1d6f42; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --dim: #9aa4ae; --paper: #14171a; --line: #30363c;
  --tint: #1c2024; --link: #7db7f0; --good: #6fcf97; --bad: #f28b82; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
a { color: var(--link) }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -100vw } .skip:focus { left: 1rem }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; padding: .6rem 1.25rem;
  border-bottom: 1px solid var(--line) }
header strong { margin-right: .5rem } header form { margin-left: auto }
header a { text-decoration: none } header a[aria-current] { color: var(--ink); font-weight: 600 }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 3rem }
h1 { font-size: 1.4rem; margin: .5rem 0 1rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--dim); font-weight: 500; white-space: nowrap }
td form { margin: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 0 }
dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
code, time { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
td time, td a code { white-space: nowrap }
.dim { color: var(--dim) } .good { color: var(--good) } .bad { color: var(--bad) }
.notice { padding: .6rem .9rem; background: var(--tint); border-left: 3px solid var(--good) }
.notice.bad { border-left-color: var(--bad) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; padding: 0; list-style: none }
.tiles li { padding: .75rem 1rem; background: var(--tint); border-radius: 6px } .tiles b { display: block; font-size: 1.5rem }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .75rem 0 }
label { display: grid; gap: .15rem; color: var(--dim) }
input, textarea, button { font: inherit; color: inherit; padding: .35rem .6rem; border: 1px solid var(--line);
  border-radius: 5px; background: var(--paper) }
textarea { width: 100%; min-height: 9rem; font: 13px/1.5 ui-monospace, monospace }
button { background: var(--tint); cursor: pointer } button.danger { color: var(--bad); border-color: currentcolor }
.narrow { max-width: 24rem; margin: 8vh auto 0 } .narrow form { display: grid; gap: .9rem }
`
