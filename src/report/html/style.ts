/** How a page looks: system fonts, few colours, both by day and in the dark, on paper and on narrow screens. */

const light = `--ink:#1d2329;--faint:#5f6b76;--line:#d9dee3;--paper:#fff;--field:#f6f7f9;
--good:#1d6b3f;--bad:#a3291f;--open:#6b5a12;
--series-1:#1f5c99;--series-2:#b3541e;--series-3:#3d7a52;--series-4:#7a4a94;--series-5:#7d6608;--series-6:#5a6570`;

const dark = `--ink:#e6e9ec;--faint:#a0abb5;--line:#3a424a;--paper:#15191d;--field:#1d2328;
--good:#7fd1a0;--bad:#f29b8f;--open:#e0c766;
--series-1:#7fb4ec;--series-2:#eda06c;--series-3:#7fc798;--series-4:#c79fe0;--series-5:#d9c25a;--series-6:#a9b4be`;

/** The style sheet of a page. */
export const pageStyle = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;
overflow-wrap:anywhere}
main{max-width:760px;margin:0 auto;padding:32px 16px 64px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 12px}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 2px}
h3,figcaption,.name{font-size:1rem;font-weight:600;line-height:1.35;margin:0 0 8px}
p{margin:0 0 12px}
.lead,.question,.note,footer{color:var(--faint)}
.question{margin-bottom:20px}
.note{font-size:.875rem;margin:6px 0 0}
section{border-top:1px solid var(--line);margin-top:40px;padding-top:20px}
.part{margin:0 0 28px}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--series-1);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;line-height:1.4}
th,td{overflow-wrap:break-word;padding:5px 20px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400;max-width:28em}
th:last-child,td:last-child{padding-right:2px}
thead th{color:var(--faint);vertical-align:bottom;min-width:3.5em}
.right{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(0,auto) minmax(0,1fr);gap:0;margin:0;font-size:.9375rem}
dt,dd{margin:0;padding:4px 0;border-bottom:1px solid var(--line)}
dt{color:var(--faint);padding-right:24px}
.unit,.interval{color:var(--faint)}
.verdict{border-left:4px solid var(--tone);background:var(--field);padding:10px 14px;margin:0 0 20px}
.verdict strong{color:var(--tone)}
.verdict p{margin:0}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}.open{--tone:var(--open)}
.short{list-style:none;margin:20px 0 0;padding:0}
.short li{border-left:4px solid var(--tone);padding:2px 0 2px 12px;margin:0 0 8px}
.short strong{color:var(--tone)}
a{color:inherit}
figure{margin:0}
figure svg{display:block;max-width:100%;height:auto}
.narrow{display:none}
details{margin-top:8px;font-size:.875rem}
summary{color:var(--faint);cursor:pointer;width:max-content;max-width:100%}
details .scroll{max-height:24rem;overflow-y:auto;margin-top:6px}
footer{border-top:1px solid var(--line);margin-top:40px;padding-top:12px;font-size:.875rem}
@media (max-width:600px){main{padding:20px 16px 40px}.wide{display:none}.narrow{display:block}
th,td{padding-right:12px}dl{grid-template-columns:minmax(0,1fr)}dt{border:0;padding-bottom:0}dd{padding-top:0}}
@media print{:root{${light}}main{max-width:none;padding:0}.part,figure{break-inside:avoid}details{display:none}
.scroll{overflow:visible}a{text-decoration:none}}
`.trim();
