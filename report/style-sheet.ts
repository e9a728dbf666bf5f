import { MethodKind } from '../schemas/pipeline.js';
import { KIND_SHADES } from './palette.js';

/** The page's style sheet: light and dark by the reader's preference, one column on a phone, plain on paper. */
export function styleSheet(): string {
  const methods = (shade: 'light' | 'dark') =>
    MethodKind.options
      .flatMap((kind) => KIND_SHADES[kind].map((color, index) => `--${kind}-${index}:${color[shade]}`))
      .join(';');
  const dark = `--surface:#15171a;--panel:#1c1f23;--ink:#e8e9eb;--muted:#9aa1a9;--line:#32363c;--shade:#000000a6;${methods('dark')}`;
  return `:root{--surface:#fff;--panel:#f7f8f9;--ink:#1b1e22;--muted:#646b73;--line:#e2e5e8;--shade:#1b1e2240;${methods('light')}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
${LAYOUT}`;
}

const LAYOUT = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1140px;padding:28px 20px 64px;background:var(--surface);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:30px;line-height:1.2;margin:2px 0 8px;letter-spacing:-.015em}
h2{font-size:21px;margin:52px 0 12px;letter-spacing:-.01em}
h3{font-size:16px;margin:0 0 8px}
h4{font-size:13px;margin:0 0 4px;font-weight:600}
.caption+h4{margin-top:20px}
.caption+h3,details+h3{margin-top:24px}
p{margin:0 0 8px}
.overline{color:var(--muted);font-size:13px;margin:0}
.description{max-width:70ch}
.muted,.caption,figcaption{color:var(--muted)}
.muted{font-weight:400;font-size:13px}
.caption,figcaption{font-size:13px;max-width:92ch;margin:8px 0 0}
.lead{font-size:19px;line-height:1.45;margin:26px 0 18px;font-weight:600;max-width:62ch}
.answer{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:16px 20px;margin:0 0 14px}
.answer-head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:6px 24px;align-items:flex-start}
.answer h3{font-size:19px;line-height:1.3;margin:2px 0 8px;letter-spacing:-.01em}
.answer ul{margin:0 0 8px;padding-left:18px;font-size:14px;max-width:100ch}
.answer li{margin:2px 0}
.caution{font-weight:600}p.caution{font-size:14px;max-width:92ch}
.finding{font-size:17px}
tr.type th{padding-top:16px;color:var(--ink);font-size:13px}
.answers th[scope=row],.forest th[scope=row]{color:var(--ink);font-size:13px;font-weight:600}
.answers td,.answers th,.forest td{white-space:nowrap}
.types{margin:0 0 20px}
.types td{font-size:14px}.types .scroll td:nth-child(n+4){white-space:normal}
.strip{display:inline-flex;gap:2px;vertical-align:middle}
.labelled{display:inline-flex;flex-direction:column;gap:2px}
.tile,.tile-head{width:30px;font-style:normal;text-align:center;font-size:11px;font-weight:700;line-height:20px;height:20px;border-radius:3px;flex:none}
.tile-head{font-weight:500;line-height:14px;height:14px;color:var(--muted)}
.tile-steer{background:var(--steer-0);color:var(--surface)}
.tile-finetune{background:var(--finetune-0);color:var(--surface)}
.tile-either{background:linear-gradient(115deg,var(--steer-0) 50%,var(--finetune-0) 50%);color:var(--surface)}
.tile-neither,.tile-undecided{border:1px solid var(--line);line-height:18px;color:var(--muted);font-weight:500}
.tile-undecided{background:var(--panel)}
.key{display:flex;flex-wrap:wrap;gap:4px 18px}.key .tile{display:inline-block}
.advice-steer{color:var(--steer-0);font-weight:700}.advice-finetune{color:var(--finetune-0);font-weight:700}
.advice-either{font-weight:600}.advice-neither,.advice-undecided,.h1-undecided{color:var(--muted)}
.h1-supported,.h1-not-supported{font-weight:600}
.forest td,.forest th[scope=row]{vertical-align:middle}.forest th[scope=row]{line-height:1.3;white-space:nowrap}
.track{width:42%;min-width:260px;height:26px;background:var(--grid);background-origin:content-box;background-clip:content-box;padding:0 26px 0 14px}
.forest .axis{padding:0 26px 5px 14px;min-width:260px}.ticks{position:relative;display:block;height:14px}
.ticks i{position:absolute;transform:translateX(-50%);font-style:normal;font-weight:500}
.forest td:nth-child(3){padding-left:14px}
.track span{position:relative;display:block;height:26px}
.bar-n{position:absolute;top:50%;height:4px;margin-top:-2px;border-radius:2px;background:currentColor;opacity:.4;min-width:2px}
.opens-left::before,.opens-right::after{position:absolute;top:50%;font:11px/1 system-ui;transform:translateY(-50%)}
.opens-left::before{content:"◀";left:-8px}.opens-right::after{content:"▶";right:-8px}
.track b{position:absolute;top:50%;width:10px;height:10px;margin:-5px 0 0 -5px;border-radius:50%;background:var(--ink);border:2px solid var(--ink)}
.track b.open{background:var(--surface);border-color:var(--muted)}
.files{white-space:nowrap}.files a{margin-left:6px}
a{color:inherit;text-decoration-color:var(--muted);text-underline-offset:2px}
.contents{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;margin:14px 0 0;padding:8px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.contents a{text-decoration:none;color:var(--muted)}.contents a:hover{color:var(--ink)}
section{scroll-margin-top:12px}
.answer figure{margin:0}
.place{font-size:13px;margin:0}
.badge{display:inline-block;padding:1px 8px;border-radius:20px;border:1px solid currentColor;font-weight:600;font-size:12px;margin-right:4px;color:var(--muted)}
.answer-partly .badge{color:var(--ink)}
.answer-steer .badge{color:var(--steer-0)}
.answer-finetune .badge{color:var(--finetune-0)}
.answer-switch .badge{color:var(--surface);background:var(--ink);border-color:var(--ink)}
.panels{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:26px 18px}.panels+.panels{margin-top:26px}
.panels-two{grid-template-columns:repeat(2,minmax(0,1fr))}
.panels-figure{margin:0 0 30px;break-inside:avoid}
.chart{display:block;width:100%;height:auto;overflow:visible;color:var(--ink);font:11px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.chart text{white-space:pre}
.chart [aria-label*="grid"]{stroke:var(--ink)}
.scroll{position:relative;overflow-x:auto;margin:0 0 4px;background:linear-gradient(90deg,var(--under) 30%,transparent) 0 0/40px 100% local,linear-gradient(270deg,var(--under) 30%,transparent) 100% 0/40px 100% local,
linear-gradient(90deg,var(--shade),transparent) 0 0/16px 100% scroll,linear-gradient(270deg,var(--shade),transparent) 100% 0/16px 100% scroll;background-repeat:no-repeat;--under:var(--surface)}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--line);vertical-align:baseline}
.scroll td{white-space:nowrap}
.scroll .muted{font-size:inherit}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th{vertical-align:bottom}
td:last-child,th:last-child{padding-right:0}
.words{white-space:normal;min-width:24ch;max-width:44ch}
.verdict{font-weight:600}
.verdict-undecided{color:var(--muted)}
.clause::first-letter{text-transform:uppercase}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;font-weight:600;margin:0 0 8px}
.legend svg{width:30px;height:13px;vertical-align:-1.5px;fill:currentColor}
th{font-size:12px;color:var(--muted);font-weight:600}
.sortable th{cursor:pointer}
th[aria-sort=ascending]::after{content:" ↑"}
th[aria-sort=descending]::after{content:" ↓"}
.number{text-align:right}
.legends .legend{position:relative;padding-left:7.6em;margin:0 0 2px}.legends{margin:0 0 10px}.legends .muted{position:absolute;left:0}
.wide .chart{min-width:880px}
.fronts{list-style:none;padding:0;margin:8px 0;font-size:14px;max-width:110ch}.fronts li{margin:5px 0}.fronts small{color:var(--muted)}
.composition-helps,.composition-hurts{font-weight:700}.composition-no-difference{font-weight:600}.composition-undecided{color:var(--muted)}
.composition-helps::before{content:"▲ "}.composition-hurts::before{content:"▼ "}.composition-no-difference::before{content:"= "}
.choices td:nth-child(3){white-space:normal;min-width:19em}.setting{display:inline-block;margin-right:18px}
.verdict-crossover,.verdict-first-better,.verdict-second-better{font-weight:600}
.examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:14px}
.example{border:1px solid var(--line);border-radius:10px;padding:12px 14px;min-width:0;break-inside:avoid}
.example p:last-child{margin:8px 0 0}
.picked{font-weight:700}
.right td:first-child{font-weight:600}
.bar{display:block;height:4px;border-radius:2px;margin:4px 0 0 auto;width:calc(var(--share)*.9);min-width:1px;background:currentColor;opacity:.35}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:6px 0 8px}
pre.code{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
.example pre{max-height:14em;overflow:auto}
.hash{font-size:11px;color:var(--muted);overflow-wrap:anywhere}
details{margin:10px 0}
summary{cursor:pointer;font-weight:600;font-size:14px}
details>ol{padding-left:22px;max-width:92ch}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:2px 24px;margin:0 0 18px;font-size:13.5px}
dl div{display:flex;gap:10px;border-bottom:1px solid var(--line);padding:3px 0;min-width:0}
dt{color:var(--muted);flex:none}
dd{margin:0 0 0 auto;text-align:right;overflow-wrap:anywhere}
@media (max-width:820px){.panels{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (max-width:600px){.answers tr>:nth-child(2),.answers tr>:nth-child(4),.forest tr>:nth-child(4){display:none}.answers th .muted{display:block;font-size:12px}
.answers .tile,.answers .tile-head{width:25px}.answers td,.answers th{white-space:normal;padding-right:8px}.forest th[scope=row]{white-space:normal;overflow-wrap:anywhere}
.track{width:34%;min-width:104px;padding:0 10px}.forest .axis{min-width:104px;padding:0 10px 5px}.ticks i:not(:first-child):not(:last-child){display:none}.forest td:nth-child(3){white-space:normal;padding:2px 0 2px 6px;font-size:12px}.forest th:nth-child(3){padding-left:6px}
.types td:nth-child(n),.types th:nth-child(n){padding-right:7px;font-size:12px}.types .scroll td:nth-child(n){white-space:normal}.types td:last-child,.types th:last-child{display:none}.answers td,.answers tbody th{vertical-align:top}}
@media (max-width:600px){.claims thead,.claims td:nth-child(n+4){display:none}.claims td{display:block;border:0;padding:2px 0}.claims td:first-child{padding-top:10px}.claims td:nth-child(3){border-bottom:1px solid var(--line);padding-bottom:10px}.claims .words{max-width:none}}
@media (max-width:600px){body{padding:18px 14px 48px}h1{font-size:25px}.panels,.panels-two{grid-template-columns:1fr}.answer{padding:14px}.lead{font-size:17px}}
@media print{.wide .chart{min-width:0}.contents,.files{display:none}.panels{grid-template-columns:repeat(3,minmax(0,1fr))}.panels-two{grid-template-columns:repeat(2,minmax(0,1fr))}body{max-width:none;padding:0;font-size:10.5pt}.sortable th{cursor:auto}.scroll{overflow:visible;background:none}.scroll td,.scroll th{white-space:normal}
.answer,.example,tr{break-inside:avoid}h2,h3{break-after:avoid}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
