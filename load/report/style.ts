/** The style sheet of the report: light and dark as the reader's system is. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2128; --soft: #5b6570; --line: #dfe3e8; --paper: #fff; --card: #f7f8fa;
  --good: #1a7f37; --bad: #c62828; --c0: #2563eb; --c1: #d97706; --c2: #b91c5c; --c3: #0d9488; --c4: #7c3aed; --c5: #4d7c0f }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af; --line: #30363d; --paper: #0f1318;
  --card: #171c22; --good: #3fb950; --bad: #ff7b72; --c0: #6ea8fe; --c1: #f0a93b; --c2: #f472b6; --c3: #2dd4bf; --c4: #b79cff; --c5: #a3c95b } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1360px; padding: 24px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 24px; margin: 0 0 4px } h2 { font-size: 18px; margin: 32px 0 12px }
p { margin: 4px 0 } .soft, .note, figcaption span, .legend span { color: var(--soft) }
.verdict { display: inline-block; padding: 2px 10px; border-radius: 4px; color: #fff; font-weight: 600 }
.verdict.held { background: #1a7f37 } .verdict.late { background: #a15c00 } .verdict.broken { background: #c62828 }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 16px }
figure { margin: 0; padding: 12px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 6px }
figcaption { margin-bottom: 6px } svg { display: block; width: 100%; height: auto }
.grid { stroke: var(--line) } .tick { fill: var(--soft); font-size: 11px }
.limit { stroke: var(--bad); stroke-dasharray: 5 4 }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round }
${Array.from({ length: 6 }, (_, i) => `.line.c${i} { stroke: var(--c${i}) } .legend .c${i} i { background: var(--c${i}) }`).join('\n')}
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0 0; padding: 0; font-size: 13px }
.legend i { display: inline-block; width: 12px; height: 3px; margin-right: 6px; vertical-align: middle; border-radius: 2px }
.note, .empty { font-size: 13px; margin: 4px 0 0 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: 4px 14px 4px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left } th { color: var(--soft); font-weight: 500 }
tr.bad td { color: var(--bad); font-weight: 600 } tr.good td:last-child { color: var(--good) }
iframe { width: 100%; height: 85vh; border: 1px solid var(--line); border-radius: 6px; background: #fff }
summary { cursor: pointer }
`
