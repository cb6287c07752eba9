/** The style of a report: one column on a phone, light or dark as the reader's system is, black on white in print. */
export const style = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --pale: #5c5c5c; --line: #d8d8d8; --raised: #f5f5f4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e3; --paper: #17181a; --pale: #a5a29d; --line: #3a3b3e; --raised: #212326; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem; max-width: 74rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, 'DejaVu Sans', Verdana, Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .5rem 0; line-height: 1.2; }
h2 { display: flex; justify-content: space-between; gap: 1rem; font-size: 1.25rem; margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 2px solid var(--ink); line-height: 1.3; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
h4 { font-size: .9rem; margin: 1.25rem 0 .35rem; }
a { color: inherit; }
p, .notes, figcaption { margin: .35rem 0; }
.notes, figcaption, .pale { color: var(--pale); font-size: .85rem; }
nav ul { columns: 24rem; column-gap: 2rem; list-style: none; padding: 0; margin: .75rem 0; }
nav li { break-inside: avoid; margin-bottom: .5rem; line-height: 1.35; }
nav span { display: block; color: var(--pale); font-size: .85rem; }
.up { white-space: nowrap; color: var(--pale); font-size: .85rem; font-weight: normal; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-weight: 600; }
dl { columns: 26rem; column-gap: 2rem; margin: .5rem 0 1rem; font-size: .85rem; }
dl div { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .75rem; margin-bottom: .15rem; break-inside: avoid; }
dt { color: var(--pale); }
dd { margin: 0; }
figure { margin: 0; }
.row { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 24rem)); gap: .75rem 1rem; margin: .25rem 0 .75rem; }
@media screen and (max-width: 56rem) { .row { grid-template-columns: repeat(min(2, var(--columns)), minmax(0, 24rem)); } }
@media screen and (max-width: 34rem) { .row { grid-template-columns: minmax(0, 24rem); } }
.chart svg { display: block; width: 100%; height: auto; }
@media (prefers-color-scheme: dark) { .chart svg, .legend i { filter: brightness(1.3); } }
.legend { display: flex; flex-wrap: wrap; gap: .4rem; margin: .5rem 0; }
.legend button { display: inline-flex; align-items: center; gap: .45rem; padding: .3rem .7rem; color: inherit; font: inherit;
  font-size: .85rem; background: var(--raised); border: 1px solid var(--line); border-radius: 1rem; cursor: pointer; }
.legend button[aria-pressed=false] { opacity: .5; text-decoration: line-through; }
.legend i { width: .8rem; height: .8rem; border-radius: 50%; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .2rem .6rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { vertical-align: bottom; white-space: normal; color: var(--pale); font-weight: 600; }
.number { text-align: right; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; }
.tiles figure { width: 11.5rem; max-width: calc(50% - .375rem); font-size: .8rem; }
.tiles figure.wide { width: auto; max-width: 100%; }
.picture { position: relative; line-height: 0; }
.picture img { width: 100%; height: auto; }
.picture img.small { image-rendering: pixelated; }
.picture svg { position: absolute; inset: 0; width: 100%; height: 100%; }
#tip { position: fixed; z-index: 1; pointer-events: none; padding: .4rem .6rem; font-size: .8rem; max-width: 18rem;
  color: var(--ink); background: var(--raised); border: 1px solid var(--line); border-radius: .3rem; }
#tip[hidden] { display: none; }
#tip td { border: 0; padding: 0 .6rem 0 0; }
@media print {
  .chart svg, .legend i { filter: none; }
  :root { --ink: #000; --paper: #fff; --pale: #444; --line: #bbb; --raised: #fff; }
  body { max-width: none; padding: 0; font-size: 11px; }
  h2 { break-before: page; }
  section:first-of-type h2 { break-before: auto; }
  .row, .chart, .tiles, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
  dl { columns: 2; }
  h3, h4, summary, .legend, .notes { break-after: avoid; }
  .up { display: none; }
  table { font-size: 8px; }
  .legend button { border: 0; padding: 0 .5rem 0 0; }
  .legend i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  #tip { display: none; }
}
`;
